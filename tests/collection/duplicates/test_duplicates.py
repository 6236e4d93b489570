from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_photos import picture, save

from glocal.collection import Collection, DuplicateGroup
from glocal.collection.duplicates.union_find import Grouping

SIZE = (480, 360)


def names(groups: list[DuplicateGroup]) -> list[list[str]]:
    return [[photo.path.name for photo in group.photos] for group in groups]


def folder_with_copies(folder: Path) -> Path:
    """Photo 0 with six kinds of copies, photo 1 with one of the same bytes, and photos 2 to 5 alone."""
    folder.mkdir()
    for seed in range(6):
        save(folder / f"{seed}.png", picture(seed, *SIZE))
    original = picture(0, *SIZE)
    save(folder / "0 jpeg.jpg", original, quality=40)
    save(folder / "0 small.png", np.asarray(cv2.resize(original, (300, 225), interpolation=cv2.INTER_AREA)))
    save(folder / "0 crop.png", np.ascontiguousarray(original[30:340, 30:460]))
    save(folder / "0 turned.png", np.ascontiguousarray(np.rot90(original)))
    save(folder / "0 mirrored.png", np.ascontiguousarray(original[:, ::-1]))
    shutil.copy(folder / "1.png", folder / "1 same bytes.png")
    return folder


@pytest.mark.slow
def test_every_kind_of_copy_is_found_and_nothing_else(empty: Collection, tmp_path: Path) -> None:
    empty.add(folder_with_copies(tmp_path / "photos"))
    groups = empty.duplicates()
    of_0 = ["0 crop.png", "0 jpeg.jpg", "0 mirrored.png", "0 small.png", "0 turned.png", "0.png"]
    assert names(groups) == [of_0, ["1 same bytes.png", "1.png"]]
    for group in groups:
        assert len(group.pairs) == len(group.photos) - 1  # a tree: each pair joined two that were apart
        assert {photo.id for pair in group.pairs for photo in (pair.first, pair.second)} == {p.id for p in group.photos}
    assert groups[1].pairs[0].proof.agreement == 1
    assert names(empty.duplicates(turned=False))[-1] == ["1 same bytes.png", "1.png"]


def test_a_stretched_copy_is_found_and_stays(empty: Collection, tmp_path: Path) -> None:
    """Either may be the picture as it was taken."""
    original = picture(0, *SIZE)
    save(tmp_path / "a.png", original)
    save(tmp_path / "b.png", np.asarray(cv2.resize(original, (round(SIZE[0] * 1.2), SIZE[1])), np.uint8))
    empty.add([tmp_path / "a.png", tmp_path / "b.png"])
    (group,) = empty.duplicates(turned=False)
    (copy,) = group.keep().copies
    assert copy.proved
    assert "stretched" in copy.differs
    assert not copy.could_go


def test_the_proof_says_where_one_lies_in_the_other(empty: Collection, tmp_path: Path) -> None:
    original = picture(0, *SIZE)
    save(tmp_path / "a.png", original)
    save(tmp_path / "b.png", np.ascontiguousarray(original[40:340, 30:460]))
    empty.add([tmp_path / "a.png", tmp_path / "b.png"])
    (group,) = empty.duplicates(turned=False)
    np.testing.assert_allclose(group.pairs[0].proof.transform[:2], [[1, 0, -30], [0, 1, -40]], atol=2)


def test_the_same_scene_from_elsewhere_is_no_duplicate(empty: Collection, tmp_path: Path) -> None:
    """A near thing stands before the same background, but elsewhere."""
    background, thing = picture(0, *SIZE), picture(9, 150, 300)
    for name, left in (("a.png", 60), ("b.png", 200)):
        view = background.copy()
        view[60:, left : left + 150] = thing
        save(tmp_path / name, view)
    empty.add([tmp_path / "a.png", tmp_path / "b.png"])
    _, second = empty.search(tmp_path / "a.png")
    assert second.inliers is not None
    assert second.inliers > 30  # it is the same place, beyond doubt
    assert empty.duplicates() == []


def test_files_that_are_gone_are_found_by_their_bytes_alone(empty: Collection, tmp_path: Path) -> None:
    folder = folder_with_copies(tmp_path / "photos")
    empty.add(folder)
    shutil.rmtree(folder)
    assert names(empty.duplicates()) == [["1 same bytes.png", "1.png"]]


def test_nothing_among_different_photos_or_none(filled: Collection, empty: Collection) -> None:
    assert filled.duplicates() == []


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=20))
def test_grouping_is_the_transitive_closure(joins: list[tuple[int, int]]) -> None:
    grouping = Grouping()
    reach = np.eye(13, dtype=bool)
    for a, b in joins:
        grouping.join(a, b)
        reach[a, b] = reach[b, a] = True
    for middle in range(13):  # Warshall
        reach |= np.outer(reach[:, middle], reach[middle])
    for a, b in itertools.product(range(13), repeat=2):
        assert grouping.together(a, b) == reach[a, b]
        assert grouping.root(a) == int(np.flatnonzero(reach[a])[0])

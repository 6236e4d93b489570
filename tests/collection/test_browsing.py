"""Photos as people look through them: the newest, by folder, and those that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_photos import save_photo

from glocal.collection import Collection

NAMES = ("b/2.png", "a/1.png", "b/deep/3.png", "b-other/4.png", "b/5.png")


@pytest.fixture
def filled(empty: Collection, tmp_path: Path) -> Collection:
    """Five photos, added in the order of their numbers' places in NAMES, and one file that is no photo."""
    for seed, name in enumerate(NAMES):
        path = tmp_path / "all" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        empty.add([save_photo(path, seed)])
    (tmp_path / "all" / "broken.png").write_bytes(b"no photo")
    empty.add([tmp_path / "all"])
    return empty


def test_the_newest_come_first_page_by_page(filled: Collection, tmp_path: Path) -> None:
    found: list[Path] = []
    last = None
    while page := filled.newest(last, 2):
        found += [photo.path for photo in page]
        last = page[-1].id
    expected = [tmp_path / "all" / name for name in (*NAMES, "broken.png")]
    assert found == expected[::-1]


def test_folders_hold_what_is_below_them_and_no_neighbours(filled: Collection, tmp_path: Path) -> None:
    root = tmp_path / "all"
    assert {path: count for path, (_, count) in filled.folders().items()} == {
        root: 1,
        root / "a": 1,
        root / "b": 2,
        root / "b" / "deep": 1,
        root / "b-other": 1,
    }
    for path, (photo, _) in filled.folders().items():
        assert filled.photo(photo).path.parent == path
    first = filled.below(root / "b", None, 2)
    rest = filled.below(root / "b", first[-1], 2)
    assert [photo.path for photo in (*first, *rest)] == sorted(root / name for name in NAMES if name.startswith("b/"))


def test_what_cannot_be_read_is_told_with_its_reason(filled: Collection, tmp_path: Path) -> None:
    later = tmp_path / "all" / "a" / "1.png"
    later.write_bytes(b"damaged since")
    filled.add([later])
    assert [photo.path.name for photo in filled.unreadable(None, 10)] == ["1.png", "broken.png"]
    assert all(photo.reason for photo in filled.unreadable(None, 10))
    (first,) = filled.unreadable(None, 1)
    assert [photo.path.name for photo in filled.unreadable(first.id, 10)] == ["broken.png"]

"""Copies and albums across shards, held to those of one collection."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from example_photos import EXAMPLES
from shards import Remembering, make_shards
from toy_model import ToyModel
from toy_photos import picture, save

from glocal.cli import main
from glocal.cluster import Cluster
from glocal.collection import Album, Collection, DuplicateGroup
from glocal.extraction import load_model
from glocal.images import find_photos

pytestmark = pytest.mark.slow

SIZE, SHARDS = (320, 240), 3


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Collection, Cluster]]:
    """Photo 0 with three edited copies, photo 1 with one of the same bytes, and photos 2 and 3 alone."""
    photos, model = tmp_path / "photos", ToyModel()
    photos.mkdir()
    for seed in range(4):
        save(photos / f"{seed}.png", picture(seed, *SIZE))
    original = picture(0, *SIZE)
    save(photos / "0 jpeg.jpg", original, quality=60)
    save(photos / "0 small.png", np.asarray(cv2.resize(original, (240, 180), interpolation=cv2.INTER_AREA)))
    save(photos / "0 crop.png", np.ascontiguousarray(original[20:220, 20:300]))
    shutil.copy(photos / "1.png", photos / "1 same bytes.png")
    make_shards(tmp_path / "root", sorted(photos.iterdir()), SHARDS, model)
    with Collection.create(tmp_path / "one", model) as one, Cluster.open(tmp_path / "root", model) as cluster:
        one.add(photos)
        yield one, cluster


def names(found: Sequence[DuplicateGroup | Album]) -> list[list[str]]:
    return [[photo.path.name for photo in each.photos] for each in found]


def shards_of(cluster: Cluster, name: str) -> set[int]:
    """Return the shards of the photos whose names begin so."""
    return {photo.id % SHARDS for photo in cluster.photos() if photo.path.name.startswith(name)}


def test_copies_are_found_whichever_shards_they_are_in(both: tuple[Collection, Cluster]) -> None:
    one, cluster = both
    assert len(shards_of(cluster, "0")) > 1
    assert len(shards_of(cluster, "1")) == 1
    steps: list[tuple[int, int]] = []
    expected = one.duplicates(turned=False)
    found = cluster.duplicates(turned=False, on_progress=lambda _, done, total: steps.append((done, total)))
    assert names(found) == names(expected)
    assert names(found) == [["0 crop.png", "0 jpeg.jpg", "0 small.png", "0.png"], ["1 same bytes.png", "1.png"]]
    assert steps == [(done, 7) for done in range(1, 8)]
    assert [group.keep().photo.path for group in found] == [group.keep().photo.path for group in expected]
    assert all(cluster.photo(photo.id) == photo for group in found for photo in group.photos)


def test_albums_are_those_of_one_collection(both: tuple[Collection, Cluster]) -> None:
    one, cluster = both
    expected = one.albums()
    found = cluster.albums()
    assert names(found) == names(expected)
    assert [album.name for album in found] == [album.name for album in expected]
    assert {"0 crop.png", "0.png"} <= set(names(found)[0])


def test_the_commands_take_a_sharded_collection(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    photos, model = tmp_path / "photos", Remembering(load_model())
    for thing in ("triple_skull", "triple_turkey", "stitch_cave"):
        shutil.copytree(EXAMPLES / thing, photos / thing)
    shutil.copy(EXAMPLES / "triple_skull" / "skull_01.jpg", photos / "again.jpg")
    make_shards(tmp_path / "root", find_photos([photos]), SHARDS, model)
    with Collection.create(tmp_path / "one", model) as one:
        one.add(photos)

    def said(*command: object) -> list[Any]:
        answers = []
        for collection in ("one", "root"):
            capfd.readouterr()
            with pytest.raises(SystemExit) as ended:
                main([*map(str, command), "--collection", str(tmp_path / collection), "--json"])
            assert not ended.value.code
            answers.append(json.loads(capfd.readouterr().out))
        return answers

    one_groups, groups = said("duplicates", "--upright")
    assert groups == one_groups
    assert len(groups["groups"]) == 1
    one_albums, albums = said("group")
    assert [album["photos"] for album in albums["albums"]] == [album["photos"] for album in one_albums["albums"]]
    assert len(albums["albums"]) == 3
    one_removed, removed = said("remove", photos / "again.jpg", photos / "triple_turkey")
    assert removed == one_removed == {"removed": 4, "photos": 5}

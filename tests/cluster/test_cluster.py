"""Answers of shards, held to those of one collection with all photos."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from shards import assert_same, make_shards
from toy_model import ToyModel
from toy_photos import picture, save_photo

from glocal.cluster import Cluster, Layout
from glocal.collection import Collection, SearchMode, Where, learn_words
from glocal.errors import CollectionError, ModelError, UnknownPhotoError
from glocal.images import content_hash

cv2.setNumThreads(1)

PHOTOS = 104
"""More than the hundred by which a search knows its background."""


@pytest.fixture(scope="module")
def model() -> ToyModel:
    return ToyModel()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, model: ToyModel) -> list[Path]:
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(PHOTOS):
        save_photo(folder / f"{seed:03}.png", seed)
    codes = np.concatenate([model.extract(folder / f"{seed:03}.png").compact().codes for seed in range(30)])
    model.words = learn_words(codes, groups=8, words_per_group=16).to_array()
    return sorted(folder.glob("*.png"))


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, files: list[Path], model: ToyModel) -> Iterator[Collection]:
    with Collection.create(tmp_path_factory.mktemp("one") / "collection", model) as collection:
        collection.add(files)
        mark(collection)
        yield collection


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, files: list[Path], model: ToyModel) -> Iterator[Cluster]:
    root = tmp_path_factory.mktemp("shards") / "root"
    make_shards(root, files, 4, model)
    with Cluster.open(root, model) as opened:
        for shard in opened.shards:
            mark(shard)
        yield opened


def mark(collection: Collection) -> None:
    """Note of every photo whether its number is even: something that searches can ask for."""
    kinds = ("even", "odd")
    paths = [photo.path for photo in collection.photos()]
    collection.update_metadata((path, {"kind": kinds[int(path.stem) % 2]}) for path in paths)


def test_every_shard_has_photos_and_none_is_twice(cluster: Cluster, files: list[Path]) -> None:
    assert all(len(shard) for shard in cluster.shards)
    assert len(cluster) == PHOTOS
    records = list(cluster.photos())
    assert [record.path for record in records] == files
    assert len({record.id for record in records}) == PHOTOS
    for record in records[::17]:
        assert cluster.photo(record.id) == record == cluster.photo_at(record.path)


def test_a_photo_lies_where_its_content_says(cluster: Cluster, files: list[Path]) -> None:
    layout = Layout.read(cluster.directory)
    for number, shard in enumerate(cluster.shards):
        assert {layout.shard_of(content_hash(photo.path)) for photo in shard.photos()} == {number}


@pytest.mark.parametrize(("mode", "number"), [("fast", 7), pytest.param("balanced", 63, marks=pytest.mark.slow)])
def test_the_answer_is_that_of_one_collection(
    one: Collection, cluster: Cluster, files: list[Path], number: int, mode: SearchMode
) -> None:
    expected = one.search(files[number], mode=mode, top=PHOTOS)
    assert expected[0].proved
    assert_same(cluster.search(files[number], mode=mode, top=PHOTOS), expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        {"rerank": 10, "top": 40},
        {"rerank": 0, "top": 110},
        {"rerank": 30, "ranking": "paper"},
        {"region": (20.0, 10.0, 120.0, 100.0), "rerank": 20},
        {"allowed": lambda metadata: metadata["kind"] == "even", "top": 20, "mode": "fast"},
        {"allowed": Where.of("kind=odd"), "top": 60, "mode": "fast"},
    ],
    ids=lambda arguments: "-".join(arguments),
)
def test_so_it_is_however_one_asks(
    one: Collection, cluster: Cluster, files: list[Path], arguments: dict[str, Any]
) -> None:
    expected = one.search(files[11], **arguments)
    assert len(expected) >= 10
    assert_same(cluster.search(files[11], **arguments), expected)


@pytest.mark.slow
def test_ids_say_which_photos_may_be_found(one: Collection, cluster: Cluster, files: list[Path]) -> None:
    wanted = files[3:90:5]
    ids = [[set_.photo_at(path).id for path in wanted] for set_ in (one, cluster)]
    expected = one.search(files[13], allowed=ids[0], top=PHOTOS, mode="fast")
    assert sorted(hit.path for hit in expected) == wanted
    assert_same(cluster.search(files[13], allowed=ids[1], top=PHOTOS, mode="fast"), expected)
    assert cluster.select(ids[1]).tolist() == sorted(ids[1])
    assert len(cluster.select(lambda _: True)) == PHOTOS


@pytest.mark.slow
def test_views_of_one_thing_and_turned_collages(one: Collection, cluster: Cluster, files: list[Path]) -> None:
    views = [files[5], files[50]]
    assert_same(cluster.search(views, rerank=20), one.search(views, rerank=20))
    collage = np.rot90(np.concatenate([picture(4), picture(90)], axis=1)).copy()
    assert_same(cluster.search(collage, rerank=20), one.search(collage, rerank=20))


def test_a_hit_is_known_by_its_id(cluster: Cluster, files: list[Path]) -> None:
    for hit in cluster.search(files[2], top=5, rerank=0):
        assert cluster.photo(hit.photo).path == hit.path
    with pytest.raises(UnknownPhotoError, match="there is no photo"):
        cluster.photo(10**9)


@pytest.mark.slow
def test_shards_without_photos_and_models_without_words(tmp_path: Path, files: list[Path]) -> None:
    model = ToyModel()
    make_shards(tmp_path / "root", files[:3], 7, model)
    with Cluster.open(tmp_path / "root", model) as few, Collection.create(tmp_path / "one", model) as one:
        one.add(files[:3])
        assert any(not len(shard) for shard in few.shards)
        assert_same(few.search(files[1]), one.search(files[1]))


def test_what_cannot_be_opened_is_said(tmp_path: Path, files: list[Path], model: ToyModel) -> None:
    with pytest.raises(CollectionError, match="no sharded collection here; make one with"):
        Cluster.open(tmp_path, model)
    root = tmp_path / "root"
    layout = make_shards(root, files[:4], 2, model)
    with pytest.raises(ModelError, match="use that model"):
        Cluster.open(root, ToyModel("another"))
    with pytest.raises(CollectionError, match="holds other files"):
        Layout.create(root, 2, layout.model)
    manifest = root / "cluster.json"
    fields = json.loads(manifest.read_text())
    layout.folders(root)[1].rename(tmp_path / "aside")
    with pytest.raises(CollectionError, match="shard-00001: this shard is missing"):
        Cluster.open(root, model)
    manifest.write_text(json.dumps({**fields, "format": 2}))
    with pytest.raises(CollectionError, match=r"newer glocal \(format 2\); upgrade glocal"):
        Cluster.open(root, model)
    for damaged in ("{", "[]", json.dumps({**fields, "shards": 0}), json.dumps({**fields, "model": {}})):
        manifest.write_text(damaged)
        with pytest.raises(CollectionError, match=r"cluster\.json: is damaged; restore it"):
            Cluster.open(root, model)

"""Photos added to shards by the process that searches them."""

from __future__ import annotations

from pathlib import Path

import pytest
from shards import make_shards
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.cluster import Cluster, Layout
from glocal.cluster.adding import LOCK
from glocal.collection import Collection, writer_lock
from glocal.errors import CollectionError, PhotoError
from glocal.images import content_hash

SHARDS, PHOTOS = 3, 8


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in range(PHOTOS):
        save_photo(folder / f"{seed}.png", seed)
    (folder / "broken.png").write_bytes(b"no photo")
    return folder


def test_photos_are_added_to_the_shards_that_indexing_chooses(photos: Path, tmp_path: Path) -> None:
    model, files = ToyModel(), sorted(photos.iterdir())
    make_shards(tmp_path / "indexed", files, SHARDS, model)
    make_shards(tmp_path / "root", files[:2], SHARDS, model)
    steps: list[tuple[str, int, int | None]] = []
    with Cluster.open(tmp_path / "root", model) as cluster, Cluster.open(tmp_path / "indexed", model) as expected:
        report = cluster.add(photos, lambda *step: steps.append(step))
        assert (report.added, report.unchanged) == (PHOTOS - 2, 2)
        assert [path.name for path, _ in report.unreadable] == ["broken.png"]
        assert [photo.path for photo in cluster.photos()] == files
        for shard, indexed in zip(cluster.shards, expected.shards, strict=True):
            assert [photo.path for photo in shard.photos()] == [photo.path for photo in indexed.photos()]
            assert len(shard) == len(indexed)
        assert {hit.path for hit in cluster.search(files[0], top=50)} == {
            hit.path for hit in expected.search(files[0], top=50)
        }
        again = cluster.add(photos)
        assert (again.added, again.unchanged) == (0, PHOTOS)
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)
    assert steps[-1] == ("indexing", PHOTOS + 1, PHOTOS + 1)


def test_a_file_that_changed_leaves_its_former_shard(photos: Path, tmp_path: Path) -> None:
    model, changed = ToyModel(), photos / "0.png"
    layout = make_shards(tmp_path / "root", [changed], SHARDS, model)
    before = layout.shard_of(content_hash(changed))
    for seed in range(100, 200):
        save_photo(changed, seed)
        if layout.shard_of(content_hash(changed)) != before:
            break
    with Cluster.open(tmp_path / "root", model) as cluster:
        cluster.add([changed])
        holding = [number for number, shard in enumerate(cluster.shards) if shard.photo_at(changed)]
        assert holding == [layout.shard_of(content_hash(changed))]


def test_what_cannot_be_added_is_said(photos: Path, tmp_path: Path) -> None:
    model = ToyModel()
    make_shards(tmp_path / "root", [], SHARDS, model)
    with Cluster.open(tmp_path / "root", model) as cluster:
        with pytest.raises(PhotoError, match=r"gone\.png"):
            cluster.add(photos / "gone.png")
        with (
            writer_lock(tmp_path / "root" / LOCK, wait=0.0),
            pytest.raises(CollectionError, match="another process"),
        ):
            cluster.add(photos)
        assert len(cluster) == 0


def test_every_shard_is_an_ordinary_collection_afterwards(photos: Path, tmp_path: Path) -> None:
    model = ToyModel()
    make_shards(tmp_path / "root", [], SHARDS, model)
    with Cluster.open(tmp_path / "root", model) as cluster:
        cluster.add([photos])
    found = []
    for folder in Layout.read(tmp_path / "root").folders(tmp_path / "root"):
        with Collection.open(folder, model) as shard:
            assert shard.check().is_sound
            found += [photo.path for photo in shard.photos()]
    assert sorted(found) == sorted(photos.iterdir())

"""Shards made anew in another number: what is found stays the same, and nothing is extracted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from shards import assert_same, make_shards
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.cluster import Cluster, Layout, reshard
from glocal.collection import Collection, Copied, Judgement, copy_photos
from glocal.errors import CollectionError, ModelError
from glocal.images import content_hash

PHOTOS = 9
SLOW = pytest.mark.slow


@pytest.fixture
def model() -> ToyModel:
    return ToyModel()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in range(PHOTOS):
        save_photo(folder / f"{seed}.png", seed % 7)  # the last two are copies
    return sorted(folder.iterdir())


@pytest.fixture
def root(tmp_path: Path, files: list[Path], model: ToyModel) -> Path:
    """A sharded collection with metadata, judgements, and photos whose files broke before and after they were read."""
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no photo")
    root = tmp_path / "root"
    make_shards(root, [*files, broken], 3, model)
    with Cluster.open(root, model) as cluster:
        cluster.annotate(files[4], {"place": "here"})
        cluster.judgements.add(Judgement("a", "b", "", True, 0.5, None, 1.0, 2, 3.0))
        kept = files[5].read_bytes()
        files[5].write_bytes(b"torn")
        for shard in cluster.shards:
            if shard.photo_at(files[5]):
                shard.add(files[5])
        files[5].write_bytes(kept)
    return root


def told(cluster: Cluster) -> list[tuple[object, ...]]:
    """Return all that is known of all photos, but their ids."""
    return [
        (one.path, one.file, one.width, one.height, one.indexed, one.reason, one.metadata, one.exif)
        for one in cluster.photos()
    ]


def assert_copied(target: Path, root: Path, model: ToyModel, query: Path) -> None:
    """All that is in one sharded collection is in the other, each photo once and where it belongs."""
    with Cluster.open(root, model) as before, Cluster.open(target, model) as after:
        assert told(after) == told(before)
        assert len(told(after)) == sum(1 for shard in after.shards for _ in shard.photos())
        layout = Layout.read(target)
        for number, shard in enumerate(after.shards):
            assert {layout.shard_of(photo.file.content_hash or b"") for photo in shard.photos()} <= {number}
            assert shard.check().is_sound
        assert_same(after.search(query, mode="fast"), before.search(query, mode="fast"))
        assert after.judgements.all() == before.judgements.all()


@pytest.mark.parametrize("shards", [2, pytest.param(1, marks=SLOW), pytest.param(5, marks=SLOW)])
def test_all_is_copied_and_nothing_extracted(
    root: Path, tmp_path: Path, model: ToyModel, files: list[Path], shards: int
) -> None:
    model.extracted.clear()
    steps: list[tuple[int, int | None]] = []
    report = reshard(root, tmp_path / "new", shards, model, lambda _, done, total: steps.append((done, total)))
    assert report == Copied(PHOTOS + 1)
    assert not model.extracted
    assert steps[0] == (0, PHOTOS + 1)
    assert steps[-1] == (PHOTOS + 1, PHOTOS + 1)
    assert_copied(tmp_path / "new", root, model, files[0])
    assert reshard(root, tmp_path / "new", shards, model) == Copied(0, PHOTOS + 1)


@SLOW
def test_wherever_it_is_interrupted_it_goes_on(root: Path, tmp_path: Path, model: ToyModel, files: list[Path]) -> None:
    interrupted = 0
    while True:
        left = interrupted

        def end_later(_stage: str, _done: int, _total: int | None) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt

        target = tmp_path / f"new{interrupted}"
        try:
            reshard(root, target, 2, model, end_later)
            break
        except KeyboardInterrupt:
            report = reshard(root, target, 2, model)
            assert report.copied + report.known == PHOTOS + 1
            assert_copied(target, root, model, files[1])
        interrupted += 1
    assert interrupted > 4


@pytest.mark.slow
def test_the_copy_is_brought_level_with_what_changed(
    root: Path, tmp_path: Path, model: ToyModel, files: list[Path]
) -> None:
    reshard(root, tmp_path / "new", 4, model)
    layout, source = Layout.read(tmp_path / "new"), Layout.read(root)
    before = layout.shard_of(content_hash(files[0]))
    for seed in range(100, 200):  # a content that belongs elsewhere, by both numbers of shards
        save_photo(files[0], seed)
        if layout.shard_of(content_hash(files[0])) != before:
            break
    with Cluster.open(root, model) as cluster:
        for shard in cluster.shards:
            if shard.photo_at(files[0]):
                shard.remove(files[0])
            if shard.photo_at(files[2]):
                shard.remove(files[2])
        cluster.shards[source.shard_of(content_hash(files[0]))].add(files[0])
        cluster.annotate(files[3], {"place": "there"})
    assert reshard(root, tmp_path / "new", 4, model) == Copied(2, PHOTOS - 2)
    assert_copied(tmp_path / "new", root, model, files[1])


def test_what_does_not_fit_is_refused(root: Path, tmp_path: Path, model: ToyModel) -> None:
    with pytest.raises(CollectionError, match="no sharded collection here"):
        reshard(tmp_path / "none", tmp_path / "new", 2, model)
    with pytest.raises(CollectionError, match="holds other files"):
        reshard(root, tmp_path, 2, model)
    reshard(root, tmp_path / "new", 2, model)
    with pytest.raises(CollectionError, match="has 2 shards of model toy; name a new folder"):
        reshard(root, tmp_path / "new", 3, model)
    other = tmp_path / "other"
    Collection.create(other, ToyModel("other")).close()
    with pytest.raises(ModelError, match="different models; nothing is copied"):
        copy_photos(Layout.read(root).folders(root)[0], other, [1])


def test_damaged_photos_are_left_out_and_told(tmp_path: Path, files: list[Path], model: ToyModel) -> None:
    root = tmp_path / "root"
    make_shards(root, files, 1, model)
    (shard,) = Layout.read(root).folders(root)
    with Collection.open(shard, model) as opened:
        victim = opened.photo_at(files[3])
        assert victim is not None
    with sqlite3.connect(shard / "catalog.sqlite") as connection:
        connection.execute("UPDATE features SET packed = zeroblob(40) WHERE photo = ?", (victim.id,))
    connection.close()
    report = reshard(root, tmp_path / "new", 2, model)
    assert report == Copied(PHOTOS - 1, 0, (files[3],))
    with Cluster.open(tmp_path / "new", model) as cluster:
        assert len(cluster) == PHOTOS - 1
        assert cluster.photo_at(files[3]) is None

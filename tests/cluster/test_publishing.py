"""Shards in a real object store: published, fetched, and never half there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from object_store import ObjectStore, at, nowhere
from shards import assert_same, make_shards
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.cluster import Cluster, Layout
from glocal.cluster.published import Published
from glocal.cluster.publishing import fetch, publish
from glocal.collection import Collection, Judgement, ModelIdentity
from glocal.errors import CollectionError
from glocal.images import Address, content_hash

pytestmark = pytest.mark.slow

SHARDS, PHOTOS = 3, 7
MODEL = ToyModel()


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Photos of which every shard gets some, in the order of their paths."""
    found = list[Path]()
    while len({shard_of(path) for path in found}) < SHARDS or len(found) < PHOTOS:
        found.append(save_photo(tmp_path / f"{len(found):03}.png", len(found)))
    return found


def shard_of(photo: Path) -> int:
    return Layout(SHARDS, ModelIdentity.of(MODEL)).shard_of(content_hash(photo))


@pytest.fixture
def root(tmp_path: Path, photos: list[Path]) -> Path:
    make_shards(tmp_path / "root", photos, SHARDS, MODEL)
    with Cluster.open(tmp_path / "root", MODEL) as cluster:
        cluster.search(photos[0])  # so that there are indexes
    return tmp_path / "root"


@pytest.fixture
def address(bucket: str) -> Address:
    return Address(f"s3://{bucket}/albums/root")


def paths(root: Path) -> list[Path]:
    with Cluster.open(root, MODEL) as cluster:
        return [photo.path for photo in cluster.photos()]


def change(root: Path, photo: Path) -> str:
    """Remove a photo, and return the name of the shard that held it."""
    with Cluster.open(root, MODEL) as cluster:
        (name,) = [shard.directory.name for shard in cluster.shards if shard.photo_at(photo)]
        cluster.remove(photo)
    return name


def versions(address: Address) -> list[list[str]]:
    """Return the states of which files are in the store, of each shard."""
    folders = Published.read(address).layout.folders(address)
    return [[version.name for version in Address(folder).listing().paths] for folder in folders]


def test_what_is_fetched_answers_as_what_was_published(
    root: Path, address: Address, photos: list[Path], tmp_path: Path
) -> None:
    said = Judgement("a", "b", "", True, 0.5, None, 7.0, 9, 1.0)
    with Cluster.open(root, MODEL) as cluster:
        cluster.judgements.add(said)
    names = [folder.name for folder in Layout.read(root).folders(root)]
    assert list(publish(root, address).shards) == names
    moved = fetch(address, tmp_path / "copy")
    assert list(moved.shards) == names
    assert moved.bytes > 0
    with Cluster.open(tmp_path / "copy", MODEL) as copy, Cluster.open(root, MODEL) as cluster:
        assert [photo.path for photo in copy.photos()] == photos
        for query in photos[:3]:
            assert_same(copy.search(query, top=50), cluster.search(query, top=50))
        assert copy.judgements.all() == [said]
        assert copy.check().is_sound
        for shard in copy.shards:
            assert list(shard.directory.glob("global*"))  # fetched, not made anew
    left = {path.name for path in (tmp_path / "copy").iterdir()}
    locks = {"cluster.lock", *(f".{name}.lock" for name in names)}
    assert left == {"cluster.json", "judgements.jsonl", *locks, *names}


def test_only_shards_that_changed_are_moved(root: Path, address: Address, photos: list[Path], tmp_path: Path) -> None:
    publish(root, address)
    fetch(address, tmp_path / "copy")
    assert publish(root, address).shards == fetch(address, tmp_path / "copy").shards == ()
    changed = change(root, photos[2])
    assert publish(root, address).shards == (changed,)
    assert fetch(address, tmp_path / "copy").shards == (changed,)
    assert paths(tmp_path / "copy") == paths(root) == [path for path in photos if path != photos[2]]


def test_the_former_state_stays_for_those_who_fetch_it(
    root: Path, address: Address, photos: list[Path], tmp_path: Path
) -> None:
    publish(root, address)
    manifest = (address / "cluster.json").read_bytes()
    number = int(change(root, photos[2]).removeprefix("shard-"))
    publish(root, address)
    assert [len(one) for one in versions(address)] == [2 if one == number else 1 for one in range(SHARDS)]
    current = (address / "cluster.json").read_bytes()
    (address / "cluster.json").write_bytes(manifest)
    fetch(address, tmp_path / "former")
    assert paths(tmp_path / "former") == photos
    (address / "cluster.json").write_bytes(current)
    with Cluster.open(root, MODEL) as cluster:
        cluster.add(photos[2])
    publish(root, address)
    assert [len(one) for one in versions(address)] == [2 if one == number else 1 for one in range(SHARDS)]


class Killed(Exception):  # noqa: N818  what a kill is made of here
    """The process ends at this request."""


@pytest.mark.parametrize("written", range(SHARDS * 2 + 1))
def test_a_kill_while_publishing_leaves_the_former_state(
    root: Path, address: Address, photos: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    publish(root, address)
    with Cluster.open(root, MODEL) as cluster:
        for path in photos:
            cluster.annotate(path, {"place": "here"})
    upload, left = Address.upload, written

    def killed_after(target: Address, source: Path) -> None:
        nonlocal left
        if not left:
            raise Killed
        left -= 1
        upload(target, source)

    with monkeypatch.context() as patch:
        patch.setattr(Address, "upload", killed_after)
        try:
            publish(root, address)
            killed = False
        except Killed:
            killed = True
    fetch(address, tmp_path / "copy")
    with Cluster.open(tmp_path / "copy", MODEL) as copy:
        assert {bool(photo.metadata) for photo in copy.photos()} == {not killed}
    assert len(publish(root, address).shards) == (SHARDS if killed else 0)
    fetch(address, tmp_path / "copy")
    with Cluster.open(tmp_path / "copy", MODEL) as copy:
        assert all(photo.metadata for photo in copy.photos())


def test_a_kill_while_fetching_leaves_whole_shards(
    root: Path, address: Address, photos: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(root, address)
    fetch(address, tmp_path / "copy")
    with Cluster.open(root, MODEL) as cluster:
        for path in photos:
            cluster.annotate(path, {"place": "here"})
    publish(root, address)
    download, done = Address.download, list[str]()

    def killed_at_the_second_shard(source: Address, target: Path) -> None:
        if "shard-00001" in str(source):
            target.write_bytes(b"half")
            raise Killed
        done.append(source.name)
        download(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(Address, "download", killed_at_the_second_shard)
        with pytest.raises(Killed):
            fetch(address, tmp_path / "copy")
    assert done
    for folder in Layout.read(root).folders(tmp_path / "copy"):
        with Collection.open(folder, MODEL) as shard:
            assert shard.check().is_sound
    assert fetch(address, tmp_path / "copy").shards == ("shard-00001", "shard-00002")
    assert paths(tmp_path / "copy") == photos


def test_changes_on_either_side_are_not_lost(root: Path, address: Address, photos: list[Path], tmp_path: Path) -> None:
    publish(root, address)
    fetch(address, tmp_path / "copy")
    change(tmp_path / "copy", photos[1])
    change(root, photos[1])
    publish(root, address)
    with pytest.raises(CollectionError, match="changes that were not published"):
        fetch(address, tmp_path / "copy")
    with pytest.raises(CollectionError, match="holds a later state, or another collection"):
        publish(tmp_path / "copy", address)
    make_shards(tmp_path / "other", photos[:1], SHARDS + 1, MODEL)
    with pytest.raises(CollectionError, match="holds another sharded collection"):
        publish(tmp_path / "other", address)
    with pytest.raises(CollectionError, match="holds another sharded collection"):
        fetch(address, tmp_path / "other")


def test_what_is_further_here_than_there_stays(root: Path, address: Address, photos: list[Path]) -> None:
    publish(root, address)
    change(root, photos[0])
    assert fetch(address, root).shards == ()
    assert paths(root) == photos[1:]


def test_nothing_is_replaced_that_is_in_use(root: Path, address: Address, photos: list[Path], tmp_path: Path) -> None:
    publish(root, address)
    fetch(address, tmp_path / "copy")
    change(root, photos[0])
    publish(root, address)
    with Cluster.open(tmp_path / "copy", MODEL), pytest.raises(CollectionError, match="is in use"):
        fetch(address, tmp_path / "copy")
    assert paths(tmp_path / "copy") == photos


def test_what_is_wrong_is_said(root: Path, address: Address, object_store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="no sharded collection was published here"):
        fetch(address, tmp_path / "copy")
    with pytest.raises(CollectionError, match="there is no such bucket"):
        publish(root, Address("s3://no-such-bucket/root"))
    with at(nowhere()), pytest.raises(CollectionError, match="cannot be reached"):
        publish(root, address)
    assert not (tmp_path / "copy").exists()
    publish(root, address)
    manifest = json.loads((address / "cluster.json").read_bytes())
    manifest["published"][0]["files"] = {"../../outside": 1}
    (address / "cluster.json").write_bytes(json.dumps(manifest).encode())
    with pytest.raises(CollectionError, match="is damaged"):
        fetch(address, tmp_path / "copy")
    shutil.rmtree(root / "shard-00001")
    with pytest.raises(CollectionError):
        publish(root, address)

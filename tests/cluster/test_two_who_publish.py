"""Two who publish to one address: the second begins anew from what the first published, and nothing is half there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from object_store import ObjectStore, at
from other_stores import Changed, ignoring_conditions, losing_answers, refusing_conditions, through
from shards import make_shards
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.cluster import Cluster, Layout
from glocal.cluster.published import Published
from glocal.cluster.publishing import fetch, publish
from glocal.collection import Judgement, ModelIdentity
from glocal.errors import CollectionError
from glocal.images import Address, content_hash

pytestmark = pytest.mark.slow

SHARDS = 2
MODEL = ToyModel()
SAID = [Judgement(query, "b", "", True, 0.5, None, 7.0, 9, at) for query, at in (("a", 1.0), ("c", 2.0))]
ALL_STORES = pytest.mark.parametrize("store", [None, ignoring_conditions, refusing_conditions])


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Two photos of the first shard, then two of the second."""
    layout, found = Layout(SHARDS, ModelIdentity.of(MODEL)), dict[int, list[Path]]()
    number = 0
    while len(found) < SHARDS or min(map(len, found.values())) < 2:
        path = save_photo(tmp_path / f"{number:03}.png", number)
        found.setdefault(layout.shard_of(content_hash(path)), []).append(path)
        number += 1
    return [*found[0][:2], *found[1][:2]]


@pytest.fixture
def first(tmp_path: Path, photos: list[Path]) -> Path:
    make_shards(tmp_path / "first", photos, SHARDS, MODEL)
    return tmp_path / "first"


@pytest.fixture
def address(bucket: str) -> Address:
    return Address(f"s3://{bucket}/albums/root")


@pytest.fixture
def second(first: Path, address: Address, tmp_path: Path) -> Path:
    """What was published of the first, fetched."""
    publish(first, address)
    fetch(address, tmp_path / "second")
    return tmp_path / "second"


def paths(root: Path) -> set[Path]:
    with Cluster.open(root, MODEL) as cluster:
        return {photo.path for photo in cluster.photos()}


def remove(root: Path, photo: Path) -> None:
    with Cluster.open(root, MODEL) as cluster:
        cluster.remove(photo)


def stored(address: Address, tmp_path: Path) -> set[Path]:
    """Fetch what is in the store, see that all of it is sound, and return its photos."""
    shutil.rmtree(tmp_path / "stored", ignore_errors=True)
    fetch(address, tmp_path / "stored")
    with Cluster.open(tmp_path / "stored", MODEL) as cluster:
        assert cluster.check().is_sound
    return paths(tmp_path / "stored")


def meanwhile(monkeypatch: pytest.MonkeyPatch, name: str, step: int, other: Callable[[], object]) -> None:
    """Let another process act just before a method of addresses is called for the `step`th time."""
    method, calls = getattr(Address, name), [0]

    def called(self: Address, *arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] == step:
            monkeypatch.setattr(Address, name, method)
            other()
        return method(self, *arguments)

    monkeypatch.setattr(Address, name, called)


@pytest.fixture
def other_store(store: Changed | None, object_store: ObjectStore, bucket: str) -> Any:
    """The store is asked through one that knows less, if one is named."""
    assert bucket
    if store is None:
        yield
        return
    with through(object_store.port, store) as url, at(url):
        yield


@ALL_STORES
@pytest.mark.usefixtures("other_store")
@pytest.mark.parametrize("moment", [("upload", 1), ("write_over", 1)])
def test_the_second_is_refused_and_goes_on_from_what_is_there(
    first: Path,
    second: Path,
    address: Address,
    photos: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: tuple[str, int],
) -> None:
    remove(first, photos[0])
    remove(second, photos[3])
    meanwhile(monkeypatch, *moment, lambda: publish(second, address))
    with pytest.raises(CollectionError, match="another process published here meanwhile, and nothing of this one was"):
        publish(first, address)
    assert stored(address, tmp_path) == set(photos[:3])
    names = [path.name for path in Published.read(address).folders(address)]
    left = {version for folder in address.listing().paths if folder.is_dir() for version in folder.listing().paths}
    assert len(left) == SHARDS + 1  # the former state of the second shard is there, and nothing of what was refused
    assert {version.name for version in left} >= set(names)
    fetch(address, first)
    publish(first, address)
    assert stored(address, tmp_path) == set(photos[1:3])


@ALL_STORES
@pytest.mark.usefixtures("other_store")
def test_of_two_who_are_the_first_one_is_refused(
    first: Path, address: Address, photos: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(first, tmp_path / "second")
    remove(tmp_path / "second", photos[3])
    meanwhile(monkeypatch, "upload", 2, lambda: publish(tmp_path / "second", address))
    with pytest.raises(CollectionError, match="published here meanwhile"):
        publish(first, address)
    assert stored(address, tmp_path) == set(photos[:3])


def test_both_changed_one_shard(
    first: Path, second: Path, address: Address, photos: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove(first, photos[0])
    remove(second, photos[1])
    meanwhile(monkeypatch, "upload", 1, lambda: publish(second, address))
    for said in ("published here meanwhile", "holds a later state, or another collection; fetch it into a new folder"):
        with pytest.raises(CollectionError, match=said):
            publish(first, address)
    with pytest.raises(CollectionError, match="has changes that were not published"):
        fetch(address, first)
    assert stored(address, tmp_path) == {photos[0], *photos[2:]}
    assert paths(first) == set(photos[1:])


def test_nobody_deletes_what_another_one_is_putting_there(
    first: Path, second: Path, address: Address, photos: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One who published looks for what is over while the next one publishes, who began from that."""
    remove(first, photos[0])

    def next_one() -> None:
        fetch(address, second)
        remove(second, photos[3])
        publish(second, address)

    meanwhile(monkeypatch, "listing", 1, next_one)
    publish(first, address)
    assert stored(address, tmp_path) == set(photos[1:3])


def test_what_a_refused_or_killed_one_left_is_deleted_by_the_next(
    first: Path, address: Address, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process ends here."""

    def killed(*_: object) -> None:
        raise Killed

    publish(first, address)
    for _ in range(2):
        remove(first, photos.pop())
        with monkeypatch.context() as patch:
            patch.setattr(Address, "write_over", killed)
            with pytest.raises(Killed):
                publish(first, address)
    publish(first, address)
    folders = Published.read(address).layout.folders(address)
    assert [len(Address(folder).listing().paths) for folder in folders] == [1, 2]


def test_what_people_said_on_both_sides_is_kept(
    first: Path, second: Path, address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for root, said in zip((first, second), SAID, strict=True):
        with Cluster.open(root, MODEL) as cluster:
            cluster.judgements.add(said)
    meanwhile(monkeypatch, "write_over", 1, lambda: publish(second, address))
    with pytest.raises(CollectionError, match="published here meanwhile"):
        publish(first, address)
    publish(first, address)
    stored(address, tmp_path)
    with Cluster.open(tmp_path / "stored", MODEL) as cluster:
        assert cluster.judgements.all() == SAID
    before = (address / "cluster.json").read_bytes()
    publish(second, address)
    assert (address / "cluster.json").read_bytes() == before


@pytest.mark.parametrize("store", [losing_answers])
@pytest.mark.usefixtures("other_store")
def test_an_answer_that_is_lost_is_no_other_process(
    first: Path, address: Address, photos: list[Path], tmp_path: Path
) -> None:
    publish(first, address)
    remove(first, photos[0])
    publish(first, address)
    assert stored(address, tmp_path) == set(photos[1:])


@pytest.mark.parametrize("store", [ignoring_conditions])
@pytest.mark.usefixtures("other_store")
def test_one_who_is_overwritten_at_once_learns_of_it(
    first: Path, address: Address, photos: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a store ignores conditions, two can write after both looked at what is there: the first hears of it."""
    publish(first, address)
    remove(first, photos[0])
    former, write_over = Published.read(address), Address.write_over

    def overwritten(self: Address, content: bytes, tag: str | None) -> None:
        write_over(self, content, tag)
        monkeypatch.setattr(Address, "write_over", write_over)
        replace(former, generation=former.generation + 1).publish(address, self.read_tagged()[1])

    monkeypatch.setattr(Address, "write_over", overwritten)
    with pytest.raises(CollectionError, match="published here meanwhile"):
        publish(first, address)
    assert stored(address, tmp_path) == set(photos)

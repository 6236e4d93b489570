"""Real processes, really killed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import crash_children
import pytest
from crash_children import CRASH
from descriptors import brute_force, clustered, new_catalog, put
from processes import Start, exit_code
from toy_model import ToyModel

from glocal.collection import Collection
from glocal.collection.catalog.catalog import Catalog
from glocal.collection.index.global_index import GlobalIndex
from glocal.errors import CollectionError
from glocal.features import View

D = 24


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "the child process does nothing"
        time.sleep(0.002)


def kill_while_adding(start: Start, directory: Path, photos: Path, log: Path, delay: float) -> None:
    """Kill a process that adds and removes photos; check that all that it acknowledged is there."""
    log.write_bytes(b"")
    process = start(crash_children.add_for_ever, directory, photos, log, 0.0)
    wait_for(lambda: log.stat().st_size > 0)
    time.sleep(delay)
    process.kill()
    process.join()
    lines = log.read_text().split()
    acknowledged = 0 if "removing" in lines[-1:] else max(map(int, _after_last_removal(lines)))
    with Collection.open(directory, ToyModel()) as collection:
        assert collection.check().is_sound
        assert len(collection) >= acknowledged
        stored = [photo.path for photo in collection.photos()]
        for path in stored:
            assert len(collection.features(path)) > 0
            query = View.of(ToyModel().extract(path))
            found = collection.candidates([query], 100)
            assert sorted(hit.path for hit in found) == stored  # the index agrees with the catalog
            assert found[0].path == path
        collection.add([photos])  # and nothing stands in the way of going on
        assert len(collection) == len(list(photos.iterdir()))


def _after_last_removal(lines: list[str]) -> list[str]:
    for place in range(len(lines) - 1, -1, -1):
        if lines[place] == "removing":
            return lines[place + 1 :]
    return lines


@pytest.mark.slow
def test_a_kill_loses_nothing_that_was_acknowledged(
    empty: Collection, photos: Path, tmp_path: Path, start: Start
) -> None:
    empty.close()
    chance = random.Random(0)
    for _ in range(4):
        kill_while_adding(start, empty.directory, photos, tmp_path / "log", chance.uniform(0, 0.15))


@pytest.mark.slow
def test_many_kills_lose_nothing_that_was_acknowledged(
    empty: Collection, photos: Path, tmp_path: Path, start: Start
) -> None:
    empty.close()
    chance = random.Random(1)
    for _ in range(100):
        kill_while_adding(start, empty.directory, photos, tmp_path / "log", chance.uniform(0, 0.4))


@pytest.mark.slow
def test_a_crash_between_any_two_steps_of_writing_the_index(tmp_path: Path, start: Start) -> None:
    catalog = new_catalog(tmp_path)
    codes: list[int | None] = []
    while 0 not in codes:
        put(catalog, clustered(len(codes), 60, D), 60 * len(codes))  # so much that the index is written anew
        before = {file: file.read_bytes() for file in tmp_path.glob("global-*.index")}
        codes.append(exit_code(start(crash_children.write_index_and_crash, catalog.path, D, len(codes))))
        assert codes[-1] in (0, CRASH)
        after = {file: file.read_bytes() for file in tmp_path.glob("global-*.index")}
        assert all(after[file] == content for file, content in before.items() if file in after)
        if before and codes[-1] == CRASH:
            assert after  # the new file has its name before the former goes
        index = GlobalIndex(tmp_path / "global.index", D)
        for query in clustered(99, 3, D):
            with catalog.snapshot() as snapshot:
                (found,) = index.nearest(snapshot, query[None], 10)
            assert found == brute_force(catalog, query, 10)
        assert not list(tmp_path.glob("*.unfinished*"))
    assert len(codes) >= 4  # fsync, rename, fsync of the folder


@pytest.mark.slow
def test_a_crash_between_any_two_steps_of_creating(tmp_path: Path, start: Start) -> None:
    codes: list[int | None] = []
    while 0 not in codes:
        directory = tmp_path / str(len(codes))
        codes.append(exit_code(start(crash_children.create_and_crash, directory, len(codes))))
        assert codes[-1] in (0, CRASH)
        if not Collection.exists(directory):
            with pytest.raises(CollectionError, match="no collection here"):
                Collection.open(directory, ToyModel())
            Collection.create(directory, ToyModel()).close()
        with Collection.open(directory, ToyModel()) as collection:
            assert collection.check().is_sound
            assert len(collection) == 0
        assert not list(directory.glob("*.unfinished*"))
    assert len(codes) >= 4


def test_the_lock_of_a_killed_writer_is_free(
    empty: Collection, photos: Path, tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = start(crash_children.hold_lock, empty.directory / "writer.lock", tmp_path / "ready")
    wait_for((tmp_path / "ready").exists)
    monkeypatch.setattr("glocal.collection.collection.WAIT_SECONDS", 0.1)
    with pytest.raises(CollectionError, match="another process is writing to this collection; wait"):
        empty.add([photos])
    assert len(empty) == 0
    assert empty.search(photos / "1.png").hits == ()  # reading goes on
    process.kill()
    process.join()
    assert empty.add([photos]).added == 6


def test_a_reader_sees_what_a_writer_committed(empty: Collection, photos: Path) -> None:
    with Collection.open(empty.directory, ToyModel()) as reader:
        assert len(reader) == 0
        assert list(reader.search(photos / "1.png")) == []
        empty.add([photos])
        assert len(reader) == 6
        assert reader.search(photos / "1.png")[0].path == photos / "1.png"
        empty.remove([photos / "1.png"])
        assert photos / "1.png" not in {hit.path for hit in reader.search(photos / "1.png")}


def test_a_snapshot_does_not_move(tmp_path: Path) -> None:
    catalog = new_catalog(tmp_path)
    put(catalog, clustered(0, 10, D))
    other = Catalog(catalog.path)
    with catalog.snapshot() as snapshot:
        before = snapshot.commit()
        put(other, clustered(1, 10, D), 10)
        assert snapshot.commit() == before
        assert snapshot.photo_count() == 10
    with catalog.snapshot() as snapshot:
        assert snapshot.photo_count() == 20
        assert snapshot.commit().generation == before.generation + 1

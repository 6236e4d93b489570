"""Disks that are full or may not be written, and threads that share a collection."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import crash_children
import pytest
from processes import Start, exit_code
from toy_model import ToyModel
from toy_photos import picture, save_photo

from glocal.collection import Collection
from glocal.collection.catalog.connections import connect
from glocal.errors import CollectionError


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user may read."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.parametrize("searched_before", [False, True])
def test_a_collection_that_may_only_be_read_is_searched(public: Path, start: Start, searched_before: bool) -> None:
    photo = save_photo(public / "1.png", 1)
    with Collection.create(public / "c", ToyModel()) as collection:
        collection.add([photo])
        if searched_before:
            collection.search(photo)
    new = save_photo(public / "2.png", 2)
    for path in (public / "c").iterdir():
        path.chmod(0o444)
    (public / "c").chmod(0o555)
    assert exit_code(start(crash_children.use_without_write_permission, public / "c", photo, new)) == 0


def test_a_disk_that_takes_no_more_is_told_and_loses_nothing(filled: Collection, tmp_path: Path, start: Start) -> None:
    more = tmp_path / "more"
    more.mkdir()
    for seed in range(20, 32):
        save_photo(more / f"{seed}.png", seed)
    filled.close()
    assert exit_code(start(crash_children.add_with_little_space, filled.directory, more, 20_000)) == 0
    with Collection.open(filled.directory, ToyModel()) as again:
        assert again.check().is_sound
        assert 6 <= len(again) < 18
        assert again.add([more]).unreadable == ()
        assert len(again) == 18


def test_a_full_disk_is_named(empty: Collection, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite itself says so, of a database that may have so many pages and no more."""

    def limited(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute("PRAGMA max_page_count = 40")
        return connection

    empty.close()
    with monkeypatch.context() as patch:
        patch.setattr("glocal.collection.catalog.connections.connect", limited)
        with (
            Collection.open(empty.directory, ToyModel()) as small,
            pytest.raises(CollectionError, match="the disk is full; free some space and run again"),
        ):
            small.add([photos])
    with Collection.open(empty.directory, ToyModel()) as again:
        assert again.check().is_sound
        assert again.add([photos]).added == 6


@pytest.mark.slow
def test_threads_search_while_photos_come_and_go(filled: Collection, photos: Path, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    for seed in range(20, 26):
        save_photo(more / f"{seed}.png", seed)
    done = threading.Event()
    failures: list[BaseException] = []
    searches = [0]

    def search() -> None:
        try:
            while not done.is_set():
                assert filled.search(picture(3), rerank=3, top=3)[0].path == photos / "3.png"
                searches[0] += 1
        except BaseException as error:  # noqa: BLE001  reported below, in the main thread
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        filled.add([more])
        filled.remove([more])
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert searches[0] > 0
    assert len(filled) == 6
    assert filled.check().is_sound

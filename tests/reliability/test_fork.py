"""Processes that are forked while a collection is open keep every change that was acknowledged."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES

from glocal.collection import Collection
from glocal.collection.catalog import CATALOG, Catalog, FileState, create_catalog
from glocal.errors import CollectionError
from glocal.extraction import load_model
from glocal.images import save_picture

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

PHOTO = EXAMPLES / "stitch_kayak/kayak_01.jpg"
ROUNDS = 20
SECONDS = 300
forking = multiprocessing.get_context("fork")


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    """Six indexed photos, with connections idle and an index in memory."""
    with Collection.create(tmp_path / "collection", load_model()) as made:
        for number in range(6):
            pixels = np.random.default_rng(number).integers(0, 256, (64, 64, 3), np.uint8)
            save_picture(pixels, tmp_path / f"{number}.png")
        made.add(sorted(tmp_path.glob("*.png")))
        made.search(tmp_path / "0.png", rerank=0)
        yield made


def in_child(function: Callable[..., object], *arguments: object) -> object:
    """What the function returns in a forked process, or the error's text."""
    receiver, sender = forking.Pipe(duplex=False)
    child = forking.Process(target=_answer, args=(sender, function, *arguments))
    child.start()
    sender.close()
    answer = receiver.recv() if receiver.poll(SECONDS) else "no answer"
    child.join(SECONDS)
    return answer


def _answer(sender: Connection, function: Callable[..., object], *arguments: object) -> None:
    try:
        sender.send(function(*arguments))
    except CollectionError as error:
        sender.send(str(error))


def note(catalog: Catalog, name: str) -> None:
    with catalog.change() as change:
        change.put_unreadable(Path(name), FileState(0, 0, None), "none")


def note_around_a_close(catalog: Catalog, noted: Event, closed: Event) -> None:
    """Change the catalog before and after the parent closes it, and end as by a kill."""
    note(catalog, "/child before")
    noted.set()
    closed.wait(SECONDS)
    note(catalog, "/child after")
    os._exit(0)


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_child_s_changes_outlive_its_parent_s_close(tmp_path: Path, round_: int) -> None:
    """Without care the parent deletes the log that the child writes to: 20 of 20 lost the last change."""
    create_catalog(tmp_path / CATALOG, {})
    catalog = Catalog(tmp_path / CATALOG)
    note(catalog, "/before the fork")
    noted, closed = forking.Event(), forking.Event()
    child = forking.Process(target=note_around_a_close, args=(catalog, noted, closed))
    child.start()
    assert noted.wait(SECONDS)
    note(catalog, "/parent")
    catalog.close()
    closed.set()
    child.join(SECONDS)
    catalog = Catalog(tmp_path / CATALOG)
    with catalog.snapshot() as snapshot:
        names = {str(photo.path) for photo in snapshot.photos_after(None, 9)}
        assert snapshot.structural_damage() == []
        assert list(snapshot.damaged_photos()) == []
    catalog.close()
    assert names == {"/before the fork", "/parent", "/child before", "/child after"}


@pytest.mark.slow
def test_children_search_and_add_with_what_their_parent_opened(collection: Collection, tmp_path: Path) -> None:
    """As servers do that load before they fork."""

    def search() -> list[str]:
        return [hit.path.name for hit in collection.search(PHOTO, top=3, rerank=0)]

    def add() -> int:
        return collection.add(PHOTO).added

    expected = search()
    assert in_child(search) == expected
    assert in_child(add) == 1
    assert [hit.path.name for hit in collection.search(PHOTO, top=1, rerank=0)] == [PHOTO.name]
    assert len(collection) == 7


@pytest.mark.slow
def test_extraction_in_a_child_is_the_same(collection: Collection) -> None:
    def describe() -> bytes:
        return collection.model.extract(PHOTO).global_descriptor.tobytes()

    assert in_child(describe) == describe()


@pytest.mark.slow
def test_a_fork_waits_for_what_other_threads_write(collection: Collection) -> None:
    photo = next(collection.photos()).path
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            collection.annotate(photo, {"number": number})
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counts = [in_child(lambda: len(collection)) for _ in range(5)]
    finally:
        stop.set()
        writer.join(SECONDS)
    assert counts == [6] * 5


IN_THE_MIDDLE = """
import os, sys
from pathlib import Path
from glocal.collection.catalog import Catalog, FileState, create_catalog
from glocal.errors import CollectionError
path = Path(sys.argv[1])
create_catalog(path, {})
catalog, parent = Catalog(path), os.getpid()
try:
    with catalog.change() as change:
        change.put_unreadable(Path("/parent"), FileState(0, 0, None), "none")
        child = os.fork()
        if child:
            print("ended as", os.waitpid(child, 0)[1], flush=True)
        else:
            change.put_unreadable(Path("/child"), FileState(0, 0, None), "none")
except CollectionError as error:
    print(error)
if os.getpid() == parent:
    with catalog.snapshot() as snapshot:
        assert snapshot.structural_damage() == []
        assert list(snapshot.damaged_photos()) == []
        print(*[photo.path for photo in snapshot.photos_after(None, 9)])
else:
    try:
        Catalog(path)
    except CollectionError as error:
        print(error)
"""


@pytest.mark.slow
def test_a_fork_in_the_middle_of_a_change_is_refused_in_the_child(tmp_path: Path) -> None:
    """Committing there, or opening the file again, would write with locks that only the parent has."""
    command = [sys.executable, "-c", IN_THE_MIDDLE, str(tmp_path / "catalog.sqlite")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    told = f"{tmp_path}: was being read or written when this process was forked; "
    lines = done.stdout.splitlines()
    assert [line.startswith(told) for line in lines] == [True, True, False, False]
    assert lines[2:] == ["ended as 0", "/parent"]
    assert (done.returncode, done.stderr) == (0, "")

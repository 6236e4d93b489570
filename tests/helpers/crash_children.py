"""What the child processes of the crash tests do. They end by being killed."""

from __future__ import annotations

import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from descriptors import clustered
from toy_model import ToyModel

from glocal.collection import Collection
from glocal.collection.adding import adding
from glocal.collection.catalog.catalog import Catalog
from glocal.collection.catalog.lock import writer_lock
from glocal.collection.index.global_index import EXACT_BYTES, GlobalIndex
from glocal.collection.index.int8_codes import Codes
from glocal.collection.index.scoring import CodedQuery, score_all
from glocal.errors import CollectionError

CRASH = 42


def add_for_ever(directory: Path, photos: Path, log: Path, batch_seconds: float) -> None:
    """Add, remove and add again; write to `log`, unbuffered, how many photos were acknowledged."""
    adding.BATCH_SECONDS = batch_seconds
    collection = Collection.open(directory, ToyModel())
    with log.open("ab", buffering=0) as out:

        def note(*_: object) -> None:
            out.write(f"{len(collection)}\n".encode())

        while True:
            out.write(b"0\n")
            collection.add([photos], on_progress=note)
            out.write(f"{len(collection)}\n".encode())
            out.write(b"removing\n")
            collection.remove([photos])


def crash_at(step: int, action: Callable[[], object]) -> None:
    """Run `action`, but end the process at once before the `step`th write, fsync, rename or deletion."""
    left = step

    def count(real: Callable[..., object]) -> Callable[..., object]:
        def counted(*args: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                os._exit(CRASH)
            return real(*args, **options)

        return counted

    for name in ("fsync", "replace", "rename", "unlink"):
        setattr(os, name, count(getattr(os, name)))
    action()
    os._exit(0)


def write_index_and_crash(path: Path, dimensions: int, step: int, exact_bytes: int = EXACT_BYTES) -> None:
    catalog = Catalog(path)

    def search() -> None:
        with catalog.snapshot() as snapshot:
            index = GlobalIndex(path.with_name("global.index"), dimensions, exact_bytes=exact_bytes)
            index.nearest(snapshot, clustered(0, 1, dimensions), 3)

    crash_at(step, search)


def search_when_told(path: Path, dimensions: int, go: Path, out: Path) -> None:
    """Search for the first time when `go` is there; write what was found, and whether the index lies in a file."""
    catalog = Catalog(path)
    index = GlobalIndex(path.with_name("global.index"), dimensions)
    while not go.exists():
        time.sleep(0.001)
    with catalog.snapshot() as snapshot:
        (found,) = index.nearest(snapshot, clustered(99, 1, dimensions), 10)
    mapped = not index._states.held[0].base.codes.values.flags.owndata
    out.write_text(json.dumps({"found": found, "mapped": mapped}))


def create_and_crash(directory: Path, step: int) -> None:
    crash_at(step, lambda: Collection.create(directory, ToyModel()))


def hold_lock(path: Path, ready: Path) -> None:
    with writer_lock(path, wait=1):
        ready.touch()
        while True:
            time.sleep(0.01)


def _load_compiled_code(directory: Path, photo: Path) -> None:
    """Load what a search runs, by one in a copy and by codes in memory: another user may not be allowed to read it."""
    vectors, scores = clustered(0, 8, 8), np.empty(8, np.float32)
    score_all(Codes.of(np.arange(8), vectors), CodedQuery.of(vectors[0]), 0, scores)
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(directory, Path(folder) / "copy", copy_function=shutil.copyfile)
        copy.chmod(0o755)
        with Collection.open(copy, ToyModel()) as collection:
            collection.search(photo, rerank=0)
            collection.features(photo)


def use_without_write_permission(directory: Path, photo: Path, new: Path) -> None:
    """Search as a user who may only read; exit with 0 if that works and adding is refused clearly."""
    _load_compiled_code(directory, photo)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    with Collection.open(directory, ToyModel()) as collection:
        # Verification would import more compiled code lazily.
        if collection.search(photo, rerank=0)[0].path != photo or not len(collection.features(photo)):
            os._exit(1)
        try:
            collection.add([new])
        except CollectionError as error:
            os._exit(0 if "check the permissions of the folder" in str(error) else 2)
    os._exit(3)


def add_with_little_space(directory: Path, photos: Path, spare: int) -> None:
    """Add while no file may grow by more than `spare` bytes; exit with 0 if that is told clearly."""
    size = (directory / "catalog.sqlite").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + spare, resource.RLIM_INFINITY))
    adding.BATCH_SECONDS = 0
    try:
        Collection.open(directory, ToyModel()).add([photos])
    except CollectionError as error:
        os._exit(0 if str(error).startswith(str(directory)) and "what was saved is kept" in str(error) else 1)
    os._exit(2)

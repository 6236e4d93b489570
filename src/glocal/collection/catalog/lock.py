"""One writer at a time: adding photos takes hours, and two writers would do the work twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from glocal.collection.catalog.connections import explained


@contextmanager
def writer_lock(path: Path, *, wait: float) -> Iterator[None]:
    """Hold the lock file at `path`, waiting up to `wait` seconds for another holder.

    SQLite's lock on an empty database serves: it works on every system, between threads and processes, and a
    killed process holds it no longer.

    Raises:
        CollectionError: another process or thread holds it, or the folder cannot be written.
    """
    with explained(path), closing(sqlite3.connect(path, timeout=wait, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield

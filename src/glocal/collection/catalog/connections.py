"""Connections to one SQLite file, for any number of threads; SQLite's errors in words a user can act on."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue

from glocal.errors import CollectionError

BUSY_SECONDS = 20.0
"""How long a write waits for another one. Writes take milliseconds, so this long means something is wrong."""

_REMEDIES = {
    sqlite3.SQLITE_BUSY: "another process is writing to this collection; wait until it is done, or stop it",
    sqlite3.SQLITE_LOCKED: "another process is writing to this collection; wait until it is done, or stop it",
    sqlite3.SQLITE_FULL: "the disk is full; free some space and run again (what was saved is kept)",
    sqlite3.SQLITE_READONLY: "the collection cannot be written; check the permissions of the folder",
    sqlite3.SQLITE_CANTOPEN: "the catalog cannot be opened; check the permissions of the folder",
    sqlite3.SQLITE_IOERR: "the disk reports an error; check it, and run again (what was saved is kept)",
    sqlite3.SQLITE_CORRUPT: "the catalog is damaged; restore a backup, or index the photos into a new folder",
    sqlite3.SQLITE_NOTADB: "the catalog is damaged; restore a backup, or index the photos into a new folder",
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a CollectionError that names the folder of `path` and the remedy."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind of error
        remedy = _REMEDIES.get(code, f"the catalog cannot be used ({error})")
        raise CollectionError(f"{path.parent}: {remedy}") from error


def connect(path: Path, *, timeout: float = BUSY_SECONDS) -> sqlite3.Connection:
    """Open an existing SQLite file; read-only if its folder cannot be written.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    connection = _connect(path, "mode=rw", timeout)
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        # Reading needs the write-ahead log's index beside the file. Where it is missing and cannot be
        # made nobody writes, so that the file can be taken as it is.
        if os.access(path.parent, os.W_OK) or path.with_name(path.name + "-wal").exists():
            raise
        connection = _connect(path, "immutable=1", timeout)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _connect(path: Path, options: str, timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}",
        uri=True,
        isolation_level=None,  # transactions are begun and ended in plain sight
        check_same_thread=False,
        timeout=timeout,
    )


class Connections:
    """Lends connections to one file: each is used by one thread at a time, idle ones are kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that is in no transaction; one left open is rolled back.

        Raises:
            CollectionError: the collection was closed, or SQLite failed.
        """
        if self._closed:
            raise CollectionError(f"{self.path.parent}: this collection was closed; open it again")
        with explained(self.path):
            try:
                connection = self._idle.get_nowait()
            except Empty:
                connection = connect(self.path)
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._give_back(connection)

    def close(self) -> None:
        """Close every connection; one that is lent closes when it comes back."""
        self._closed = True
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if self._closed:
            connection.close()
        else:
            self._idle.put(connection)

"""Connections to one SQLite file, for any number of threads; SQLite's errors in words a user can act on."""

from __future__ import annotations

import ctypes
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, get_ident
from weakref import WeakSet

from glocal.collection.catalog.digests import add_functions
from glocal.collection.catalog.open_files import CountedConnection, Identity, forget_open, identity, note_open
from glocal.errors import CollectionError

BUSY_SECONDS = 20.0
"""How long a write waits for another one. Writes take milliseconds, so this long means something is wrong."""

FORK_SECONDS = 5.0
"""How long a fork waits for other threads that read or write at that moment."""


class CatalogDamageError(CollectionError):
    """The catalog's file is damaged beyond single photos."""


_FORKED = (
    "was being read or written when this process was forked; start the process before that, or with the method 'spawn'"
)
_REMEDIES = {
    sqlite3.SQLITE_BUSY: "another process is writing to this collection; wait until it is done, or stop it",
    sqlite3.SQLITE_LOCKED: "another process is writing to this collection; wait until it is done, or stop it",
    sqlite3.SQLITE_FULL: "the disk is full; free some space and run again (what was saved is kept)",
    sqlite3.SQLITE_READONLY: "the collection cannot be written; check the permissions of the folder",
    sqlite3.SQLITE_CANTOPEN: "the catalog cannot be opened; check the permissions of the folder",
    sqlite3.SQLITE_IOERR: "the disk reports an error; check it, and run again (what was saved is kept)",
    sqlite3.SQLITE_AUTH: _FORKED,
}

_OF_A_FULL_DISK = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
"""What SQLite may say where it cannot make the index of its log."""

_LEAST_FREE = 1 << 20
"""Bytes: with less a disk is full. The index of the log alone takes 32 KiB."""

_OF_OUR_OWN = (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_ABORT, sqlite3.SQLITE_SCHEMA)
"""What is neither the user's to mend nor damage. All other errors of SQL that never changes come from what it reads."""


_INTERRUPTED = "user-defined function raised exception"
"""What SQLite says after Ctrl-C while it computes a digest: those functions raise nothing else."""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a CollectionError that names the folder of `path` and the remedy.

    Raises:
        CollectionError: as said.
        KeyboardInterrupt: that was the error, or what SQLite made one of.
    """
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:  # SQLite may quote damaged text in its message
        if str(error) == _INTERRUPTED:
            raise KeyboardInterrupt from error
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind of error
        if code in _OF_A_FULL_DISK and _is_full(path.parent):
            code = sqlite3.SQLITE_FULL
        if code in _REMEDIES:
            raise CollectionError(f"{path.parent}: {_REMEDIES[code]}") from error
        said = str(error).partition("\n")[0]  # SQLite may quote the whole definition of a table
        if code in _OF_OUR_OWN:
            raise CollectionError(f"{path.parent}: the catalog cannot be used ({said})") from error
        damage = f"the catalog is damaged ({said}); run `glocal repair`, or restore a backup"
        raise CatalogDamageError(f"{path.parent}: {damage}") from error


def connect(path: Path, *, timeout: float = BUSY_SECONDS) -> CountedConnection:
    """Open an existing SQLite file; read-only, and for one use, if its folder cannot be written or its disk is full.

    Raises:
        sqlite3.Error: it cannot be opened.
        CollectionError: this process was forked while the file was in use, or its log cannot be merged into it.
    """
    if identity(path) in _in_use_at_fork:
        raise CollectionError(f"{path.parent}: {_FORKED}")
    connection = _connect(path, "mode=rw", timeout)
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        # Reading needs the write-ahead log's index beside the file. Where it is missing and cannot be
        # made, nobody writes, so the file can be read as it is.
        may_be_written = os.access(path.parent, os.W_OK)
        if may_be_written and not _is_full(path.parent):
            raise
        if _has_content(path.with_name(path.name + "-wal")):
            if may_be_written:
                raise
            reason = "its last changes are in a log, and the folder cannot be written to merge them"
            raise CollectionError(f"{path.parent}: {reason}; copy it to where it can be written") from None
        connection = _connect(path, "immutable=1", timeout)
        connection.is_immutable = True
    add_functions(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LEAST_FREE
    except OSError:
        return False


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _connect(path: Path, options: str, timeout: float) -> CountedConnection:
    file = note_open(path)
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{options}",
            uri=True,
            isolation_level=None,  # transactions are begun and ended in plain sight
            check_same_thread=False,
            timeout=timeout,
            factory=CountedConnection,
        )
    except sqlite3.Error:
        if file is not None:
            forget_open(file)
        raise
    connection.file = file
    return connection


class Connections:
    """Lends connections to one file: each is used by one thread at a time, idle ones are kept.

    Before the process is forked all are closed, because SQLite counts in memory which locks a process holds: a child
    with a copy of that would not take its own, and its parent would delete the log it writes to
    (https://www.sqlite.org/howtocorrupt.html, 2.6).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._changed = Condition()
        self._idle: list[CountedConnection] = []
        self._lent: dict[CountedConnection, int] = {}  # to the thread of that identity
        self._closed = False
        self._forking = False
        _all.add(self)

    @contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that is in no transaction; one left open is rolled back.

        Raises:
            CollectionError: the collection was closed, the process was forked in between, or SQLite failed.
        """
        with explained(self.path):
            connection = self._lend()
            try:
                yield connection
            finally:
                self._take_back(connection)

    def close(self) -> None:
        """Close every connection; one that is lent closes when it comes back."""
        with self._changed:
            self._closed = True
            self._close_idle()

    def before_fork(self) -> None:
        """Wait for what other threads do, then close all that is idle, and lend nothing until the fork is over."""
        self._changed.acquire()
        self._forking, own = True, get_ident()
        self._changed.wait_for(lambda: all(thread == own for thread in self._lent.values()), FORK_SECONDS)
        self._close_idle()

    def after_fork_in_parent(self) -> None:
        """Lend again."""
        self._forking = False
        self._changed.notify_all()
        self._changed.release()

    def after_fork_in_child(self) -> None:
        """Begin without connections. Those of the parent are never used here, nor closed."""
        if self._lent or self._idle:
            _in_use_at_fork.add(identity(self.path))
        for connection in (*self._lent, *self._idle):
            connection.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))  # for ever: its end would close it
        self._changed, self._idle, self._lent, self._forking = Condition(), [], {}, False

    def _lend(self) -> CountedConnection:
        with self._changed:
            self._changed.wait_for(lambda: not self._forking or get_ident() in self._lent.values())
            if self._closed:
                raise CollectionError(f"{self.path.parent}: this collection was closed; open it again")
            connection = self._idle.pop() if self._idle else connect(self.path)
            self._lent[connection] = get_ident()
            return connection

    def _take_back(self, connection: CountedConnection) -> None:
        with self._changed:
            if self._lent.pop(connection, None) is None:  # of the parent of this process
                return
            self._changed.notify_all()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if connection.is_immutable:  # soon somebody may write again
                connection.close()
            else:
                self._idle.append(connection)
            if self._closed:
                self._close_idle()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


_all: WeakSet[Connections] = WeakSet()
_held: list[Connections] = []
"""Those that a fork under way holds."""

_in_use_at_fork: set[Identity | None] = set()
"""Files whose locks SQLite believes this process to hold, because its parent did."""


def _before_fork() -> None:
    for connections in list(_all):
        connections.before_fork()
        _held.append(connections)


def _after_fork_in_parent() -> None:
    while _held:
        _held.pop().after_fork_in_parent()


def _after_fork_in_child() -> None:
    _held.clear()
    for connections in list(_all):
        connections.after_fork_in_child()
    _in_use_at_fork.discard(None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)

"""The SQLite files that this process has open, which nothing else in it may open and close.

When a process closes a file, by any of its descriptors, the system takes from it all locks on that file (fcntl(2)),
SQLite's too. The next process that closes the catalog would then take itself for the last one, and delete the log that
this one goes on writing to (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Identity = tuple[int, int]
"""What the system and SQLite tell files apart by: device and inode."""

_guard = threading.Lock()
_open: Counter[Identity] = Counter()


class CountedConnection(sqlite3.Connection):
    """A connection that says when it has closed its file. One that is collected unclosed counts as open for ever.

    Attributes:
        file: what it has open; None once it is closed.
        is_immutable: it takes its file for one that nobody writes to.
    """

    file: Identity | None = None
    is_immutable = False

    def close(self) -> None:
        """Close it."""
        super().close()
        if self.file is not None:
            forget_open(self.file)
            self.file = None


def identity(path: Path) -> Identity | None:
    """Return what tells a file apart; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def note_open(path: Path) -> Identity | None:
    """Note that a file is about to be opened by SQLite, once nobody reads it past SQLite."""
    file = identity(path)
    with _guard:
        if file is not None:
            _open[file] += 1
    return file


def forget_open(file: Identity) -> None:
    """Note that a connection to a file was closed, or never came about."""
    with _guard:
        _open[file] -= 1


@contextmanager
def past_sqlite(path: Path) -> Iterator[bool]:
    """Say whether a file may be opened and closed past SQLite; while this lasts, SQLite does not open it.

    Not where this process has it open already.
    """
    with _guard:
        yield _open[identity(path) or (0, 0)] == 0


if hasattr(os, "register_at_fork"):  # no other thread holds the lock when the process is forked
    os.register_at_fork(before=_guard.acquire, after_in_parent=_guard.release, after_in_child=_guard.release)

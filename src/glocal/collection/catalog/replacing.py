"""A catalog replaced by another while it is open elsewhere: written over it in one transaction of its own.

No file takes another one's name: a process that closes the former file would delete the log of the new one
(https://www.sqlite.org/howtocorrupt.html, 4.2). Nor is any copied but by SQLite: see `open_files`. Searches under way
end with what they began with, and later ones find the new catalog.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from glocal.collection.catalog.connections import connect, explained
from glocal.collection.catalog.history import last_commit
from glocal.collection.catalog.last_commit import write_commit_note
from glocal.errors import CollectionError

_PAGES = 8192


class HeldCatalog:
    """A catalog that nobody else writes to for now. Made by `hold`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._connection = path, connection
        self._version = self._now()

    def copy(self, target: Path) -> None:
        """Copy it page by page, whatever is damaged in them, with what its log holds.

        Raises:
            CollectionError: the copy cannot be written.
        """
        for suffix in ("", "-wal", "-shm"):
            target.with_name(f"{target.name}{suffix}").unlink(missing_ok=True)
        # By another connection: one that holds the lock of writers cannot be copied from.
        with explained(target), closing(connect(self._path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)

    def write_over(self, draft: Path) -> None:
        """Put a catalog that is complete in the place of this one, whole or not at all, and let others write again.

        Raises:
            CollectionError: somebody wrote in the moment in between, or the disk is full or cannot be written.
        """

        def require_unchanged(status: int, *_: int) -> None:
            if status != sqlite3.SQLITE_DONE and self._now() != self._version:
                raise CollectionError(f"{self._path.parent}: was written to meanwhile; run again")

        with explained(self._path), closing(sqlite3.connect(draft)) as source, closing(connect(self._path)) as target:
            (pages,) = source.execute("PRAGMA page_count").fetchone()
            self._connection.execute("ROLLBACK")
            # The first of several steps takes the lock that writers need: what holds after it holds to the end.
            source.backup(target, pages=max(1, min(_PAGES, pages // 2)), progress=require_unchanged)
            write_commit_note(self._path.parent, last_commit(target))

    def _now(self) -> int:
        """Return a number that changes with each commit of another connection (https://www.sqlite.org/pragma.html)."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


@contextmanager
def hold(path: Path) -> Iterator[HeldCatalog]:
    """Keep others from writing to a catalog; they may read.

    Raises:
        CollectionError: somebody has been writing for too long, or it is too damaged to be opened.
    """
    with explained(path):
        connection = connect(path)
    with closing(connection):
        with explained(path):
            connection.execute("BEGIN IMMEDIATE")
            held = HeldCatalog(path, connection)
        yield held

"""The catalog: one SQLite file that is the truth of a collection.

What `change` committed survives a kill or a power cut (write-ahead log, synchronous=FULL). Threads and
processes read and write at the same time: readers see the last commit, writers wait for each other.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from glocal.collection.catalog.change import Change
from glocal.collection.catalog.connections import Connections, explained
from glocal.collection.catalog.damage import DamageFound
from glocal.collection.catalog.digests import row_digest
from glocal.collection.catalog.folder import CATALOG, require_plain
from glocal.collection.catalog.history import is_lost
from glocal.collection.catalog.last_commit import note_commit, noted_commit
from glocal.collection.catalog.migrations import migrate
from glocal.collection.catalog.opening import require_format, require_own_schema
from glocal.collection.catalog.schema import create_tables
from glocal.collection.catalog.snapshot import Snapshot
from glocal.errors import CollectionError
from glocal.files import publish, unfinished
from glocal.progress import OnProgress

LOST = (
    "changes that were acknowledged are missing from the catalog, as its write-ahead log is damaged or an older one "
    "was put back; index the photos again, and run `glocal repair`"
)
_COPIED_PAGES = 8192
_LOGGER = logging.getLogger("glocal.collection")


def create_catalog(path: Path, meta: Mapping[str, str]) -> None:
    """Create an empty catalog, whole or not at all.

    Args:
        path: where; nothing may be there.
        meta: facts of the collection as a whole.

    Raises:
        CollectionError: it cannot be written.
    """
    try:
        with unfinished(path) as draft, explained(path):
            with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
                create_tables(connection)
                rows = [(key, value, row_digest(key.encode(), value.encode())) for key, value in sorted(meta.items())]
                connection.executemany("INSERT INTO meta VALUES (?, ?, ?)", rows)
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            publish(draft, path)
    except OSError as error:
        raise CollectionError(f"{path.parent}: cannot be written ({error.strerror})") from error


class Catalog:
    """An open catalog; safe to use from several threads.

    Attributes:
        damage: what was found damaged since it was opened.
        lost_changes: True if changes that were acknowledged are not there any more.

    Raises:
        CollectionError: there is none, or it is damaged, foreign, of a newer format, or has links or pipes for files.
            Nothing on disk is changed then.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damage = DamageFound(path.parent)
        require_plain(path.parent)
        require_format(path)
        self._connections = Connections(path)
        try:
            noted = noted_commit(path.parent) if path.name == CATALOG else None  # a draft has none of its own
            with self._connections.borrow() as connection:
                require_own_schema(connection, path)
                migrate(connection, path)
                self.lost_changes = noted is not None and is_lost(connection, noted)
        except CollectionError:
            self.close()
            raise
        if self.lost_changes:
            _LOGGER.warning("%s: %s", path.parent, LOST)

    def close(self) -> None:
        """Close the file. What runs in other threads ends with a CollectionError."""
        self._connections.close()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Read the catalog as of one moment.

        Raises:
            CollectionError: it was closed, or cannot be read.
        """
        with self._connections.borrow() as connection:
            connection.execute("BEGIN")
            self.damage.begin(connection)
            yield Snapshot(connection, self.damage)
            connection.execute("COMMIT")

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Change the catalog: all that is done inside is durable after it, or nothing if anything is raised.

        Raises:
            CollectionError: it was closed, the disk is full or cannot be written, or another process has been
                writing for too long.
        """
        with self._connections.borrow() as connection:
            connection.execute("BEGIN IMMEDIATE")
            change = Change(connection, self.damage)
            yield change
            before = change.commit()
            commit = change.finish()
            connection.execute("COMMIT")
        if commit != before:
            note_commit(self.path.parent, commit)

    def copy(self, target: Path, on_progress: OnProgress) -> None:
        """Copy the catalog as of one moment, while it is read and written.

        Args:
            target: of the copy; nothing may be there.
            on_progress: called with ("copying", pages done, pages in all).

        Raises:
            CollectionError: it cannot be read, or the copy cannot be written.
        """

        def tell(_: int, left: int, total: int) -> None:
            on_progress("copying", total - left, total)

        with self._connections.borrow() as connection, explained(target):
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM commits").fetchone()  # from here on all is of this moment
            with closing(sqlite3.connect(target, isolation_level=None)) as copy:
                connection.backup(copy, pages=_COPIED_PAGES, progress=tell)

    def compact(self) -> None:
        """Write the file without the space of what was removed.

        Raises:
            CollectionError: it is being written, or the disk is full or cannot be written.
        """
        with self._connections.borrow() as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

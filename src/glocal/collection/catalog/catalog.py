"""The catalog: one SQLite file that is the truth of a collection.

What `change` committed survives a kill or a power cut (write-ahead log, synchronous=FULL). Threads and
processes read and write at the same time: readers see the last commit, writers wait for each other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from glocal.collection.catalog.change import Change
from glocal.collection.catalog.connections import Connections, explained
from glocal.collection.catalog.schema import APPLICATION_ID, FORMAT, create_tables, migrate
from glocal.collection.catalog.snapshot import Snapshot
from glocal.errors import CollectionError
from glocal.files import publish, unfinished

_SQLITE_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100


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
                connection.executemany("INSERT INTO meta VALUES (?, ?)", sorted(meta.items()))
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            publish(draft, path)
    except OSError as error:
        raise CollectionError(f"{path.parent}: cannot be written ({error.strerror})") from error


class Catalog:
    """An open catalog; safe to use from several threads.

    Raises:
        CollectionError: there is none, or it is damaged, foreign, or of a newer format. Nothing on disk is
            changed then.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        found = _format_of(path)
        self._connections = Connections(path)
        try:
            if found < FORMAT:
                with self._connections.borrow() as connection:
                    migrate(connection)
            with self.snapshot() as snapshot:
                snapshot.commit()
        except CollectionError:
            self.close()
            raise

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
            yield Snapshot(connection)
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
            change = Change(connection)
            yield change
            change.finish()
            connection.execute("COMMIT")


def _format_of(path: Path) -> int:
    """Return the format of a catalog, read from the file's header alone.

    SQLite creates files beside a database it opens; looking first leaves those of others untouched.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError as error:
        raise CollectionError(
            f"{path.parent}: no collection here; create one with `glocal index PHOTOS --collection {path.parent}`"
        ) from error
    except OSError as error:
        raise CollectionError(f"{path.parent}: the catalog cannot be read ({error.strerror})") from error
    if len(header) < _HEADER_BYTES or not header.startswith(_SQLITE_MAGIC):
        raise CollectionError(
            f"{path.parent}: the catalog is damaged; restore a backup, or index the photos into a new folder"
        )
    found, application = int.from_bytes(header[60:64]), int.from_bytes(header[68:72])
    if application != APPLICATION_ID:
        raise CollectionError(f"{path.parent}: {path.name} is not a glocal catalog; name another folder")
    if found > FORMAT:
        raise CollectionError(
            f"{path.parent}: written by a newer glocal (format {found}, this one knows {FORMAT}); upgrade glocal"
        )
    return found

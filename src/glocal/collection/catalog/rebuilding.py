"""A catalog that takes the place of another: written whole beside it, then put there."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from glocal.collection.catalog.digests import row_digest, vector_digest
from glocal.collection.catalog.history import last_commit, write_commit
from glocal.collection.catalog.last_commit import write_commit_note
from glocal.collection.catalog.salvaging import SalvagedPhoto
from glocal.collection.catalog.schema import create_tables
from glocal.errors import CollectionError
from glocal.files import publish, sync_folder


def write_salvaged(draft: Path, meta: Mapping[str, str], photos: Iterable[SalvagedPhoto], generation: int) -> None:
    """Write a catalog of photos whose records are sound, with those of their features that are.

    Args:
        draft: where to; nothing may be there.
        meta: facts of the collection as a whole.
        photos: by id.
        generation: of its only commit, higher than any before.
    """
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        create_tables(connection)
        connection.execute("BEGIN")
        rows = [(key, value, row_digest(key.encode(), value.encode())) for key, value in sorted(meta.items())]
        connection.executemany("INSERT INTO meta VALUES (?, ?, ?)", rows)
        for photo in photos:
            _write_photo(connection, photo)
        write_commit(connection, generation, ())
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def put_in_place(draft: Path, path: Path, kept: Path | None) -> None:
    """Put a catalog that is complete in the place of the one at `path`, which nobody has open.

    Args:
        draft: the new one, closed.
        path: of the catalog.
        kept: where a copy of the former one is kept, log and all; None: it is not.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    log = _beside(path, "-wal")
    if kept is not None and path.exists():
        shutil.copyfile(path, kept)
        with kept.open("rb+") as file:
            os.fsync(file.fileno())
        if log.exists():
            log.replace(_beside(kept, "-wal"))
        sync_folder(path.parent)
    log.unlink(missing_ok=True)  # SQLite would take it for the new one's
    _beside(path, "-shm").unlink(missing_ok=True)
    publish(draft, path)
    with closing(sqlite3.connect(path)) as connection:
        write_commit_note(path.parent, last_commit(connection))


def require_alone(path: Path) -> None:
    """Refuse to replace a catalog that is open elsewhere: it would go on with the old one.

    Raises:
        CollectionError: another process has it open, or this one.
    """
    if is_in_use(path):
        raise CollectionError(f"{path.parent}: is in use; stop what searches or serves it, and run again")


def is_in_use(path: Path) -> bool:
    """Say whether another process has a catalog open, or this one."""
    try:
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return False


def _write_photo(connection: sqlite3.Connection, photo: SalvagedPhoto) -> None:
    *facts, state, reason, metadata = photo.facts
    told = metadata if photo.metadata_sound else b"{}"
    digests = row_digest(*facts, state, reason), row_digest(told)
    values = (photo.id, *facts, state.decode(), reason.decode(), told.decode(), *digests)
    connection.execute(f"INSERT OR IGNORE INTO photos VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608
    if photo.vector is not None:
        values = (photo.id, photo.vector, vector_digest(photo.id, photo.vector))
        connection.execute("INSERT INTO descriptors VALUES (?, ?, ?)", values)
    if photo.packed is not None:
        connection.execute("INSERT INTO features VALUES (?, ?)", (photo.id, photo.packed))


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}{suffix}")

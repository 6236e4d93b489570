"""What is looked at before a file is taken for a catalog: foreign, newer and damaged ones are refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from glocal.collection.catalog.connections import CatalogDamageError
from glocal.collection.catalog.open_files import past_sqlite
from glocal.collection.catalog.schema import APPLICATION_ID, FORMAT
from glocal.errors import CollectionError

_SQLITE_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_SCHEMA_BYTES = 1 << 14
_OWN_TABLE = b"CREATE TABLE descriptors"
"""Text of every catalog, near its beginning: what tells one whose header is damaged from another program's file."""


def require_format(path: Path) -> None:
    """Refuse what is no catalog that can be read, by the file's header alone.

    SQLite creates files beside a database it opens; looking first leaves those of others untouched. One that this
    process has open, or once had under the same inode, is left to `require_own_schema`.

    Raises:
        CollectionError: there is no file, it cannot be read, or is damaged, foreign or of a newer format.
    """
    try:
        with past_sqlite(path) as may_be_read:
            if not may_be_read:
                return
            with path.open("rb") as file:
                header, after = file.read(_HEADER_BYTES), file.read(_SCHEMA_BYTES)
    except FileNotFoundError as error:
        raise CollectionError(
            f"{path.parent}: no collection here; create one with `glocal index PHOTOS --collection {path.parent}`"
        ) from error
    except OSError as error:
        raise CollectionError(f"{path.parent}: the catalog cannot be read ({error.strerror})") from error
    found, application = int.from_bytes(header[60:64]), int.from_bytes(header[68:72])
    is_ours = application == APPLICATION_ID or _OWN_TABLE in after
    if not header.startswith(_SQLITE_MAGIC) or (is_ours and application != APPLICATION_ID):
        raise _damaged(path)
    if not is_ours:
        raise _foreign(path)
    _require_known(path, found)


def require_own_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse what is no catalog, one of a newer format, as that may be in its log alone, and one that runs code.

    Raises:
        CollectionError: it is foreign or newer, or has triggers or views, which glocal never makes and would run.
    """
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise _foreign(path)
    _require_known(path, int(connection.execute("PRAGMA user_version").fetchone()[0]))
    added = connection.execute("SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view')").fetchone()
    if added is not None:
        raise CollectionError(f"{path.parent}: the catalog has a trigger or view that is not glocal's; do not use it")


def _require_known(path: Path, found: int) -> None:
    if found < 1:  # formats are counted from 1
        raise _damaged(path)
    if found > FORMAT:
        raise CollectionError(
            f"{path.parent}: written by a newer glocal (format {found}, this one knows {FORMAT}); upgrade glocal"
        )


def _foreign(path: Path) -> CollectionError:
    return CollectionError(f"{path.parent}: {path.name} is not a glocal catalog; name another folder")


def _damaged(path: Path) -> CatalogDamageError:
    return CatalogDamageError(f"{path.parent}: the catalog is damaged; run `glocal repair`, or restore a backup")

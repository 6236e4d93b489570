"""Bringing catalogs of older formats to this one, in one transaction; a copy is kept until the first clean check."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from glob import escape
from pathlib import Path

from glocal.collection.catalog.connections import CatalogDamageError
from glocal.collection.catalog.digests import META_DIGEST, METADATA_DIGEST, PHOTO_DIGEST
from glocal.collection.catalog.history import digest_commits
from glocal.collection.catalog.packed_features import pack, unpack
from glocal.collection.catalog.schema import FORMAT, TABLES
from glocal.errors import CollectionError
from glocal.files import publish, unfinished


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring a catalog of an older format to this one: all steps in one transaction, or none.

    Its format is read inside, as another process may just have done the same.

    Args:
        connection: to the catalog.
        path: of the catalog; its copy is kept beside it, see `kept_copy`.

    Raises:
        CatalogDamageError: the number of its format is damaged.
        CollectionError: the disk is full or cannot be written.
    """
    if connection.execute("PRAGMA user_version").fetchone()[0] >= FORMAT:
        return
    connection.execute("PRAGMA foreign_keys = OFF")  # tables are replaced
    connection.execute("BEGIN IMMEDIATE")
    try:
        ((found,),) = connection.execute("PRAGMA user_version").fetchall()
        if found < FORMAT:
            _keep_copy(path, found)
        for step in range(found, FORMAT):
            MIGRATIONS[step](connection)
        connection.execute(f"PRAGMA user_version = {max(found, FORMAT)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    else:
        connection.execute("COMMIT")
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def kept_copy(path: Path, older: int) -> Path:
    """Return the name of the copy of a catalog as it was in an older format."""
    return path.with_suffix(f".format-{older}.sqlite")


def kept_copies(path: Path) -> list[Path]:
    """Return the copies of a catalog in older formats that are there."""
    return sorted(path.parent.glob(f"{escape(path.stem)}.format-*.sqlite"))


def _keep_copy(path: Path, older: int) -> None:
    """Copy the catalog, which nobody else can write now, unless a copy is there of an attempt before."""
    copy = kept_copy(path, older)
    if copy.exists():
        return
    try:
        with unfinished(copy) as draft:
            with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(draft)) as target:
                source.backup(target)
            publish(draft, copy)
    except OSError as error:
        raise CollectionError(f"{copy}: cannot be written ({error.strerror})") from error


def _pack_smaller(connection: sqlite3.Connection) -> None:
    """Pack local features, of 23 bytes each in format 1, as they are packed now.

    Damaged ones stay as they are: reading them names the photo and the remedy, which needs an open collection.
    """
    for (photo,) in connection.execute("SELECT photo FROM features").fetchall():
        ((packed,),) = connection.execute("SELECT packed FROM features WHERE photo = ?", (photo,)).fetchall()
        with suppress(CollectionError):
            connection.execute("UPDATE features SET packed = ? WHERE photo = ?", (pack(unpack(packed)), photo))


def _add_digests(connection: sqlite3.Connection) -> None:
    """Make the tables that have digests anew, with the digests of what they hold."""
    connection.execute("PRAGMA legacy_alter_table = ON")  # renaming leaves what refers to a table as it is
    ids = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'photos'").fetchall()
    for table, digests in _DIGESTED.items():
        if "digest" in {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}:
            raise CatalogDamageError("the catalog's header is damaged (the number of its format); run `glocal repair`")
        connection.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
        for (index,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
            (f"old_{table}",),
        ).fetchall():
            connection.execute(f"DROP INDEX {index}")
        for statement in _statements(table):
            connection.execute(statement)
        connection.execute(f"INSERT INTO {table} SELECT *, {digests} FROM old_{table}")  # noqa: S608
        connection.execute(f"DROP TABLE old_{table}")
    connection.execute("DELETE FROM sqlite_sequence")
    connection.executemany("INSERT INTO sqlite_sequence VALUES ('photos', ?)", ids)
    digest_commits(connection)
    connection.execute("PRAGMA legacy_alter_table = OFF")


_DIGESTED = {
    "meta": META_DIGEST,
    "photos": f"{PHOTO_DIGEST}, {METADATA_DIGEST}",
    "descriptors": "vector_digest(photo, vector)",
    "commits": "0",
}
"""For each table that gained digests, what they are."""


def _statements(table: str) -> list[str]:
    """Return the SQL that makes a table of this format and its indexes."""
    return re.findall(rf"CREATE (?:TABLE {table} |INDEX \w+ ON {table} )[^;]*", TABLES)


MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _pack_smaller, 2: _add_digests}
"""From each older format the step to the next one, run inside a transaction."""

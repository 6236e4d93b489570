"""The tables of a catalog, their version, and the steps from older versions to this one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress

from glocal.collection.catalog.packed_features import pack, unpack
from glocal.errors import CollectionError

FORMAT = 2
"""Version of the tables, kept as SQLite's `user_version`."""

APPLICATION_ID = 0x676C6F63
""" "gloc": tells a catalog from any other SQLite file."""

PAGE_SIZE = 512
"""Bytes. Packed features fill whole overflow pages: at 500 a photo this takes 6 % less disk than SQLite's 4096."""

TABLES = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- One row per photo. An id is never used again, so a cached index cannot mistake one photo for another.
CREATE TABLE photos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL UNIQUE,            -- as the file system has it: not every name is text
    content_hash BLOB,                    -- NULL: the file could not even be read
    file_size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    width INTEGER NOT NULL DEFAULT 0,
    height INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('indexed', 'unreadable')),
    reason TEXT NOT NULL DEFAULT '',      -- why the file as it is now cannot be read
    metadata TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX photos_by_content ON photos (content_hash);
CREATE INDEX photos_unreadable ON photos (id) WHERE state = 'unreadable';

-- Apart from the photos, so that walks over those stay short.
CREATE TABLE descriptors (
    photo INTEGER PRIMARY KEY REFERENCES photos (id) ON DELETE CASCADE,
    vector BLOB NOT NULL                  -- float16, little-endian
);
CREATE TABLE features (
    photo INTEGER PRIMARY KEY REFERENCES photos (id) ON DELETE CASCADE,
    packed BLOB NOT NULL                  -- see packing.py
);

-- One row per transaction that changed something. The random token tells two histories apart
-- that reach the same generation, such as a backup put back and carried on.
CREATE TABLE commits (
    generation INTEGER PRIMARY KEY,
    token BLOB NOT NULL
);
-- The photos whose global descriptor came, changed or went: what a cached index has to catch up with.
CREATE TABLE changes (
    generation INTEGER NOT NULL,
    photo INTEGER NOT NULL,
    PRIMARY KEY (generation, photo)
) WITHOUT ROWID;
"""


def _pack_smaller(connection: sqlite3.Connection) -> None:
    """Pack local features, of 23 bytes each in format 1, as they are packed now.

    Damaged ones stay as they are: reading them names the photo and the remedy, which needs an open collection.
    """
    for (photo,) in connection.execute("SELECT photo FROM features").fetchall():
        ((packed,),) = connection.execute("SELECT packed FROM features WHERE photo = ?", (photo,)).fetchall()
        with suppress(CollectionError):
            connection.execute("UPDATE features SET packed = ? WHERE photo = ?", (pack(unpack(packed)), photo))


MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _pack_smaller}
"""From each older format the step to the next one, run inside a transaction."""


def create_tables(connection: sqlite3.Connection) -> None:
    """Turn an empty database into an empty catalog."""
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.executescript(f"BEGIN; {TABLES} COMMIT")


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a catalog of an older format to this one: all steps in one transaction, or none.

    Its format is read inside, as another process may just have done the same.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        ((found,),) = connection.execute("PRAGMA user_version").fetchall()
        for step in range(found, FORMAT):
            MIGRATIONS[step](connection)
        connection.execute(f"PRAGMA user_version = {max(found, FORMAT)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")

"""The tables of a catalog, and their version."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import cache

FORMAT = 3
"""Version of the tables, kept as SQLite's `user_version`."""

APPLICATION_ID = 0x676C6F63
""" "gloc": tells a catalog from any other SQLite file."""

PAGE_SIZE = 512
"""Bytes. Packed features fill whole overflow pages: at 500 a photo this takes 6 % less disk than SQLite's 4096."""

TABLES = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    digest INTEGER NOT NULL               -- of this row: see digests.py
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
    metadata TEXT NOT NULL DEFAULT '{}',
    digest INTEGER NOT NULL,              -- of all of the row but id and metadata
    metadata_digest INTEGER NOT NULL
);
CREATE INDEX photos_by_content ON photos (content_hash);
CREATE INDEX photos_unreadable ON photos (id) WHERE state = 'unreadable';

-- Apart from the photos, so that walks over those stay short.
CREATE TABLE descriptors (
    photo INTEGER PRIMARY KEY REFERENCES photos (id) ON DELETE CASCADE,
    vector BLOB NOT NULL,                 -- float16, little-endian
    digest INTEGER NOT NULL
);
CREATE TABLE features (
    photo INTEGER PRIMARY KEY REFERENCES photos (id) ON DELETE CASCADE,
    packed BLOB NOT NULL                  -- see packing.py, begins with its digest
);

-- One row per transaction that changed something. The random token tells two histories apart
-- that reach the same generation, such as a backup put back and carried on.
CREATE TABLE commits (
    generation INTEGER PRIMARY KEY,
    token BLOB NOT NULL,
    digest INTEGER NOT NULL               -- of this row and the changes of its generation: see history.py
);
-- The photos whose global descriptor came, changed or went: what a cached index has to catch up with.
CREATE TABLE changes (
    generation INTEGER NOT NULL,
    photo INTEGER NOT NULL,
    PRIMARY KEY (generation, photo)
) WITHOUT ROWID;
"""


def create_tables(connection: sqlite3.Connection) -> None:
    """Turn an empty database into an empty catalog."""
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.executescript(f"BEGIN; {TABLES} COMMIT")


def schema_of(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """Return (type, name, SQL without comments) of all that a database defines, but for SQLite's own."""
    query = "SELECT type, name, ifnull(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'"
    return {(kind, name, " ".join(re.sub("--.*", "", sql).split())) for kind, name, sql in connection.execute(query)}


@cache
def expected_schema() -> frozenset[tuple[str, str, str]]:
    """Return what `schema_of` says of a catalog of this format."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES)
        return frozenset(schema_of(connection))

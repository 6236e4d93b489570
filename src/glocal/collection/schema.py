"""The tables of a catalog, their version, and the steps from older versions to this one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

FORMAT = 1
"""Version of the tables, kept as SQLite's `user_version`."""

APPLICATION_ID = 0x676C6F63
""" "gloc": tells a catalog from any other SQLite file."""

PAGE_SIZE = 1024
"""Bytes. A photo's packed features fill whole overflow pages; small ones waste 5 % less disk than SQLite's 4096."""

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

MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {}
"""From each older format the step to the next one, run inside a transaction."""


def create_tables(connection: sqlite3.Connection) -> None:
    """Turn an empty database into an empty catalog."""
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.executescript(f"BEGIN; {TABLES} COMMIT")


def migrate(connection: sqlite3.Connection, found: int) -> None:
    """Bring a catalog of the older format `found` to this one: all steps in one transaction, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in range(found, FORMAT):
            MIGRATIONS[step](connection)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")

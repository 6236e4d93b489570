"""What a collection knows of its photos as tables of an SQLite file, for Datasette and other programs.

The file is apart from the collection, whose own tables may change: these stay as `docs/libraries.md` describes them.
Tables may gain columns; where one goes or means something else, `VERSION` is another.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from glocal.collection.albums import Album
from glocal.collection.catalog import PhotoRecord
from glocal.collection.duplicates import DuplicateGroup
from glocal.errors import CollectionError
from glocal.files import publish, unfinished
from glocal.images import describe

VERSION = 1
"""Kept as SQLite's `user_version`."""

_APPLICATION_ID = 0x676C7462
""" "gltb": tells such a file from all others, so that no other is replaced."""

_PHOTOS = """
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    changed TEXT NOT NULL,
    content_hash TEXT,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    indexed INTEGER NOT NULL,
    reason TEXT NOT NULL,
    date TEXT,
    latitude REAL,
    longitude REAL,
    camera TEXT
);
CREATE TABLE metadata (
    photo INTEGER NOT NULL REFERENCES photos (id),
    key TEXT NOT NULL,
    value,
    PRIMARY KEY (photo, key)
) WITHOUT ROWID;
CREATE INDEX metadata_by_key ON metadata (key, value);
"""

_DUPLICATES = """
CREATE TABLE duplicates (
    photo INTEGER PRIMARY KEY REFERENCES photos (id),
    kept INTEGER NOT NULL REFERENCES photos (id),
    differs TEXT NOT NULL,
    could_go INTEGER NOT NULL
);
CREATE INDEX duplicates_by_kept ON duplicates (kept);
"""

_ALBUMS = """
CREATE TABLE albums (
    photo INTEGER PRIMARY KEY REFERENCES photos (id),
    album TEXT NOT NULL
);
CREATE INDEX albums_by_name ON albums (album);
"""


@dataclass(frozen=True)
class TableCounts:
    """How many rows the tables have; None: there is no such table."""

    photos: int
    metadata: int
    duplicates: int | None
    albums: int | None


def write_tables(
    file: Path,
    photos: Iterable[PhotoRecord],
    duplicates: Sequence[DuplicateGroup] | None,
    albums: Sequence[Album] | None,
) -> TableCounts:
    """Write the tables, whole or not at all.

    Args:
        file: where; replaced if it was written by this function.
        photos: all of a collection, as it is after the others were found.
        duplicates: its groups of copies; None: not looked for, and there will be no such table.
        albums: its albums, likewise.

    Raises:
        CollectionError: the file is something else, or cannot be written.
    """
    _require_own(file)
    try:
        with unfinished(file) as draft:
            with closing(sqlite3.connect(draft)) as connection:
                connection.execute("PRAGMA synchronous = OFF")  # nothing is kept of a file that is not published
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {VERSION}")
                connection.executescript(_PHOTOS)
                counts = _fill(connection, photos, duplicates, albums)
                connection.commit()
            publish(draft, file)
    except (OSError, sqlite3.Error) as error:
        raise CollectionError(f"{describe(file)}: cannot be written ({error})") from error
    return counts


def _require_own(file: Path) -> None:
    """Refuse to replace what this module did not write."""
    try:
        with file.open("rb") as opened:
            header = opened.read(72)
    except FileNotFoundError:
        return
    except OSError as error:
        raise CollectionError(f"{describe(file)}: cannot be written ({error.strerror})") from error
    if int.from_bytes(header[68:72]) != _APPLICATION_ID:
        raise CollectionError(f"{describe(file)}: is there already, and no such tables; name another file")


def _fill(
    connection: sqlite3.Connection,
    photos: Iterable[PhotoRecord],
    duplicates: Sequence[DuplicateGroup] | None,
    albums: Sequence[Album] | None,
) -> TableCounts:
    known, metadata = set[int](), 0
    for photo in photos:
        known.add(photo.id)
        _insert(connection, "photos", [_photo_row(photo)])
        rows = ((photo.id, _value(key), _value(value)) for key, value in photo.metadata.items())
        metadata += _insert(connection, "metadata", rows)
    copies = in_albums = None
    if duplicates is not None:
        connection.executescript(_DUPLICATES)
        copies = _insert(connection, "duplicates", (row for row in _copy_rows(duplicates) if {*row[:2]} <= known))
    if albums is not None:
        connection.executescript(_ALBUMS)
        members = ((photo.id, _value(album.name)) for album in albums for photo in album.photos)
        in_albums = _insert(connection, "albums", (row for row in members if row[0] in known))
    return TableCounts(len(known), metadata, copies, in_albums)


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> int:
    """Insert rows, and return how many."""
    count = 0
    for row in rows:
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
        count += 1
    return count


def _photo_row(photo: PhotoRecord) -> tuple[Any, ...]:
    facts = {"date": None, "latitude": None, "longitude": None, "camera": None, **photo.facts}
    content = photo.file.content_hash
    return (
        photo.id,
        _value(str(photo.path)),
        _value(str(photo.path.parent)),
        _value(photo.path.name),
        photo.file.size,
        datetime.fromtimestamp(photo.file.mtime_ns / 1e9, UTC).isoformat(timespec="seconds"),
        None if content is None else content.hex(),
        photo.width,
        photo.height,
        int(photo.indexed),
        _value(photo.reason),
        *(_value(facts[name]) for name in ("date", "latitude", "longitude", "camera")),
    )


def _copy_rows(groups: Iterable[DuplicateGroup]) -> Iterator[tuple[int, int, str, int]]:
    """Yield (photo, the one of its group that is kept, in what it differs, whether it could go)."""
    for group in groups:
        kept = group.keep()
        yield kept.photo.id, kept.photo.id, "", 0
        for copy in kept.copies:
            yield copy.photo.id, kept.photo.id, ", ".join(copy.differs), int(copy.could_go)


def _value(value: Any) -> Any:
    """Return what SQLite can hold: text, numbers and nothing as they are, all else as JSON."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()  # names of files may be in any encoding
    if value is None or isinstance(value, float) or (isinstance(value, int) and abs(value) < 1 << 63):
        return value
    return json.dumps(value, ensure_ascii=False)

"""Reading what is left of a damaged catalog, row by row, from a copy of it.

A damaged page of SQLite ends every query that walks over it, but not one that asks for a row elsewhere: so each photo
is asked for by its id.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from glocal.collection.catalog.connections import connect
from glocal.collection.catalog.digests import META_DIGEST, METADATA_DIGEST, PHOTO_DIGEST, vector_digest
from glocal.collection.catalog.packed_features import DamagedFeaturesError, unpack
from glocal.collection.catalog.schema import APPLICATION_ID, FORMAT, PAGE_SIZE
from glocal.images import path_of

_HEADER = (
    (0, b"SQLite format 3\0" + PAGE_SIZE.to_bytes(2, "big") + b"\2\2\0\x40\x20\x20"),
    (44, (4).to_bytes(4, "big")),
    (56, (1).to_bytes(4, "big") + FORMAT.to_bytes(4, "big")),
    (68, APPLICATION_ID.to_bytes(4, "big")),
)
"""What the header of every catalog holds (https://www.sqlite.org/fileformat2.html, 1.3): (place, bytes)."""

_LEAST_BYTES = 16
"""Of a photo, far below what any takes: photos that were removed have ids too."""


@dataclass(frozen=True)
class SalvagedPhoto:
    """What is left of one photo.

    Attributes:
        id: of the photo.
        facts: path, content hash, size, time of change, width, height, state, reason, metadata as they are stored.
        sound: they are what was written, but for the metadata.
        metadata_sound: the metadata is.
        vector: the global descriptor, if it is sound.
        packed: the local features, if they are sound.
    """

    id: int
    facts: tuple[Any, ...]
    sound: bool
    metadata_sound: bool
    vector: bytes | None
    packed: bytes | None

    @property
    def path(self) -> Path:
        """The path as it is stored, even if it is damaged."""
        return path_of(self.facts[0] or b"")

    @property
    def lacks_features(self) -> bool:
        """It was indexed, and what was computed of it is not all there."""
        return self.facts[6] == b"indexed" and (self.vector is None or self.packed is None)

    def without_features(self, reason: str) -> SalvagedPhoto:
        """Return the same as a photo that was never readable, so that indexing reads its file."""
        path, _, *numbers, _, _, _, _, metadata = self.facts
        facts = (path, None, *numbers, 0, 0, b"unreadable", reason.encode(), metadata)
        return replace(self, facts=facts, vector=None, packed=None)


class Salvage:
    """What is left of a damaged catalog. Made by `salvage`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def meta(self) -> dict[str, str]:
        """Return the sound facts of the collection as a whole."""
        query = f"SELECT key, value FROM meta WHERE digest IS {META_DIGEST}"  # noqa: S608
        return dict(self._rows(query))

    def last_generation(self) -> int:
        """Return the number of the last commit that is left; 0: none is."""
        rows = self._rows("SELECT generation FROM commits ORDER BY generation DESC LIMIT 1")
        return int(rows[0][0]) if rows else 0

    def photos(self) -> Iterator[SalvagedPhoto]:
        """Yield what is left, by id."""
        query = f"""SELECT CAST(path AS BLOB), CAST(content_hash AS BLOB), file_size, mtime_ns, width, height,
                    CAST(state AS BLOB), CAST(reason AS BLOB), CAST(metadata AS BLOB), digest IS {PHOTO_DIGEST},
                    metadata_digest IS {METADATA_DIGEST} FROM photos WHERE id = ?"""  # noqa: S608
        for photo in range(1, self._last_id() + 1):
            for *facts, sound, told in self._rows(query, photo):
                vector, packed = self._vector(photo), self._packed(photo)
                yield SalvagedPhoto(photo, tuple(facts), bool(sound), bool(told), vector, packed)

    def paths(self) -> dict[int, Path]:
        """Return the paths that SQLite's own index of them names, by the photo's id: it may know rows that are gone."""
        query = "SELECT id, path FROM photos INDEXED BY sqlite_autoindex_photos_1 ORDER BY path"
        found: dict[int, Path] = {}
        for order in ("", " DESC"):
            with suppress(sqlite3.Error):
                for photo, path in self._connection.execute(query + order):
                    if isinstance(path, bytes):
                        found[photo] = path_of(path)
        return found

    def _last_id(self) -> int:
        """Return an id that no photo is beyond; a damaged one counts for no more than a file of this size can hold."""
        tables = (("id", "photos"), ("photo", "descriptors"), ("photo", "features"))
        queries = [f"SELECT max({column}) FROM {table}" for column, table in tables]  # noqa: S608
        queries.append("SELECT seq FROM sqlite_sequence WHERE name = 'photos'")
        found = [int(row[0]) for query in queries for row in self._rows(query) if isinstance(row[0], int)]
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        return min(max(found, default=0), int(pages) * PAGE_SIZE // _LEAST_BYTES)

    def _vector(self, photo: int) -> bytes | None:
        for vector, digest in self._rows("SELECT vector, digest FROM descriptors WHERE photo = ?", photo):
            if vector_digest(photo, vector) == digest:
                return bytes(vector)
        return None

    def _packed(self, photo: int) -> bytes | None:
        for (packed,) in self._rows("SELECT packed FROM features WHERE photo = ?", photo):
            with suppress(DamagedFeaturesError):
                unpack(packed)
                return bytes(packed)
        return None

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a query finds; nothing, where the file is damaged."""
        try:
            return self._connection.execute(query, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError):
            return []


@contextmanager
def salvage(path: Path, draft: Path) -> Iterator[Salvage]:
    """Open what is left of the catalog at `path`, by a copy of it and its log at `draft`, whose header is made whole.

    Raises:
        sqlite3.Error: not even its first page can be read.
        OSError: the disk is full, or cannot be read.
    """
    shutil.copyfile(path, draft)
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        shutil.copyfile(log, draft.with_name(f"{draft.name}-wal"))
    with draft.open("r+b") as file:
        for place, content in _HEADER:
            file.seek(place)
            file.write(content)
    with closing(connect(draft)) as connection:
        yield Salvage(connection)

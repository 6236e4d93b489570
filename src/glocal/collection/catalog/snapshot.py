"""Reading a catalog: everything a snapshot says belongs to one moment, whatever is written meanwhile."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.collection.catalog.packed_features import unpack
from glocal.collection.catalog.records import Commit, Counts, FileState, PhotoRecord
from glocal.collection.catalog.stored_features import descriptor_rows
from glocal.errors import CollectionError
from glocal.features import CompactFeatures

NO_COMMIT = Commit(0, b"")

_COLUMNS = "id, path, file_size, mtime_ns, content_hash, width, height, state, reason, metadata"
_IN_IDS = "IN (SELECT value FROM json_each(?))"

Row = tuple[int, bytes, int, int, bytes | None, int, int, str, str, str]


class Snapshot:
    """A catalog at one moment. Lives inside `Catalog.snapshot()`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def commit(self) -> Commit:
        """Return the last commit."""
        row = self._one("SELECT generation, token FROM commits ORDER BY generation DESC LIMIT 1")
        return Commit(row[0], row[1]) if row else NO_COMMIT

    def knows(self, commit: Commit) -> bool:
        """Say whether this catalog once was at `commit`: then `changed_since` leads from there to here."""
        query = "SELECT 1 FROM commits WHERE generation = ? AND token = ?"
        return commit == NO_COMMIT or self._one(query, commit.generation, commit.token) is not None

    def changed_since(self, commit: Commit) -> list[int]:
        """Return the ids of photos whose global descriptor came, changed or went after `commit`, ascending."""
        query = "SELECT DISTINCT photo FROM changes WHERE generation > ? ORDER BY photo"
        return [photo for (photo,) in self._connection.execute(query, (commit.generation,))]

    def photo_count(self) -> int:
        """Return the number of indexed photos."""
        return self._count("SELECT count(*) FROM photos") - self.unreadable_count()

    def unreadable_count(self) -> int:
        """Return the number of photos known but never readable."""
        return self._count("SELECT count(*) FROM photos WHERE state = 'unreadable'")

    def counts(self) -> Counts:
        """Return how much there is."""
        return Counts(self.photo_count(), self.unreadable_count(), self.commit().generation)

    def photo(self, path: Path) -> PhotoRecord | None:
        """Return the photo at this path, if it is known."""
        return next(self._records("path = ?", os.fsencode(path)), None)

    def photos_after(self, path: Path | None, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos in the order of their paths, after `path` or from the start."""
        after = b"" if path is None else os.fsencode(path)
        return list(self._records("path > ? ORDER BY path LIMIT ?", after, limit))

    def photos_with_content(self, content_hash: bytes) -> list[PhotoRecord]:
        """Return the photos whose content has this hash, by id."""
        return list(self._records("content_hash = ? ORDER BY id", content_hash))

    def photos_with_ids(self, ids: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return the photos with these ids; ids that are gone are left out."""
        return {record.id: record for record in self._records(f"id {_IN_IDS}", json.dumps(ids))}

    def select(self, predicate: Callable[[Mapping[str, Any]], bool]) -> NDArray[np.int64]:
        """Return the ids [n], ascending, of the indexed photos whose metadata the predicate accepts."""
        verdicts: dict[str, bool] = {}  # most photos of a collection share their metadata with many others
        chosen = []
        for photo, text in self._connection.execute(
            "SELECT id, metadata FROM photos WHERE state = 'indexed' ORDER BY id"
        ):
            verdict = verdicts.get(text)
            if verdict is None:
                verdict = verdicts[text] = predicate(json.loads(text))
            if verdict:
                chosen.append(photo)
        return np.array(chosen, np.int64)

    def ids_below(self, path: Path) -> list[int]:
        """Return the id of the photo at this path, or those of all photos below this folder."""
        exact = os.fsencode(path)
        separator = os.fsencode(os.sep)
        start, end = exact.rstrip(separator) + separator, exact.rstrip(separator) + bytes([separator[0] + 1])
        query = "SELECT id FROM photos WHERE path = ? OR (path >= ? AND path < ?) ORDER BY id"
        return [photo for (photo,) in self._connection.execute(query, (exact, start, end))]

    def shared_content(self) -> list[list[int]]:
        """Return the groups of two or more indexed photos with the same bytes, each ascending by id."""
        query = """SELECT json_group_array(id) FROM (SELECT id, content_hash FROM photos
                   WHERE state = 'indexed' AND content_hash IS NOT NULL ORDER BY id)
                   GROUP BY content_hash HAVING count(*) > 1"""
        return sorted(sorted(json.loads(ids)) for (ids,) in self._connection.execute(query))

    def descriptors(self, ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (ids [n], global descriptors [n, D]) of those of the photos that are indexed, by id."""
        query = f"SELECT photo, vector FROM descriptors WHERE photo {_IN_IDS} ORDER BY photo"  # noqa: S608
        return _as_arrays(self._connection.execute(query, (json.dumps(list(ids)),)).fetchall())

    def all_descriptors(self, block: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Yield (ids, global descriptors) of all indexed photos, by id, in blocks of at most `block`."""
        cursor = self._connection.execute("SELECT photo, vector FROM descriptors ORDER BY photo")
        while rows := list(islice(cursor, block)):
            yield _as_arrays(rows)

    def descriptors_after(self, photo: int, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (ids, global descriptors) of up to `limit` indexed photos, by id, after the id `photo`."""
        query = "SELECT photo, vector FROM descriptors WHERE photo > ? ORDER BY photo LIMIT ?"
        return _as_arrays(self._connection.execute(query, (photo, limit)).fetchall())

    def features(self, ids: Sequence[int]) -> dict[int, CompactFeatures]:
        """Return the local features of those of the photos that are indexed.

        Raises:
            CollectionError: stored features are damaged.
        """
        query = f"SELECT photo, packed FROM features WHERE photo {_IN_IDS}"  # noqa: S608  no outside text
        rows = self._connection.execute(query, (json.dumps(list(ids)),)).fetchall()
        return {photo: self._unpacked(photo, packed) for photo, packed in rows}

    def meta(self) -> dict[str, str]:
        """Return the facts of the collection as a whole."""
        return dict(self._connection.execute("SELECT key, value FROM meta").fetchall())

    def check(self) -> None:
        """Read everything once and compare.

        Raises:
            CollectionError: SQLite finds damage, or an indexed photo lacks its features.
        """
        ((verdict, *_), *_) = self._connection.execute("PRAGMA integrity_check").fetchall()
        if verdict != "ok":
            raise CollectionError(f"the catalog is damaged ({verdict}); restore a backup")
        lacking = self._count(
            """SELECT count(*) FROM photos
               LEFT JOIN descriptors AS d ON d.photo = id LEFT JOIN features AS f ON f.photo = id
               WHERE (state = 'indexed') + (d.photo IS NOT NULL) + (f.photo IS NOT NULL) NOT IN (0, 3)"""
        )
        if lacking:
            raise CollectionError(f"{lacking} photos of the catalog lack their features; restore a backup")

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return row

    def _count(self, query: str) -> int:
        (count,) = self._connection.execute(query).fetchone()
        return int(count)

    def _unpacked(self, photo: int, packed: bytes) -> CompactFeatures:
        try:
            return unpack(packed)
        except CollectionError as error:
            raise CollectionError(f"{self.photos_with_ids([photo])[photo].path}: {error}") from error

    def _records(self, condition: str, *values: object) -> Iterator[PhotoRecord]:
        query = f"SELECT {_COLUMNS} FROM photos WHERE {condition}"  # noqa: S608  the conditions are those above
        return map(_record, self._connection.execute(query, values))


def _record(row: Row) -> PhotoRecord:
    identity, path, size, mtime_ns, content_hash, width, height, state, reason, metadata = row
    return PhotoRecord(
        id=identity,
        path=Path(os.fsdecode(path)),
        file=FileState(size, mtime_ns, content_hash),
        width=width,
        height=height,
        indexed=state == "indexed",
        reason=reason,
        metadata=json.loads(metadata),
    )


def _as_arrays(rows: list[tuple[int, bytes]]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    return np.array([photo for photo, _ in rows], np.int64), descriptor_rows([vector for _, vector in rows])

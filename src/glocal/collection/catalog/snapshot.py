"""Reading a catalog: everything a snapshot says belongs to one moment, whatever is written meanwhile."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.collection.catalog import history
from glocal.collection.catalog.checking import damaged_photos, structural_damage
from glocal.collection.catalog.connections import CatalogDamageError
from glocal.collection.catalog.damage import Damage, DamageFound
from glocal.collection.catalog.digests import META_DIGEST, row_digest, vector_digest
from glocal.collection.catalog.packed_features import DamagedFeaturesError, unpack
from glocal.collection.catalog.photo_rows import COLUMNS, sound_record
from glocal.collection.catalog.records import Commit, Counts, PhotoRecord
from glocal.collection.catalog.stored_features import StoredFeatures, descriptor_rows
from glocal.features import CompactFeatures
from glocal.images import path_of
from glocal.progress import OnProgress, silent

_IN_IDS = "IN (SELECT value FROM json_each(?))"

VectorRow = tuple[int, bytes, int]
"""Id of a photo, its stored global descriptor, and the digest of that."""


class Snapshot:
    """A catalog at one moment. Lives inside `Catalog.snapshot()`.

    What is damaged of a photo is left out, and told to `found`.
    """

    def __init__(self, connection: sqlite3.Connection, found: DamageFound) -> None:
        self._connection = connection
        self._found = found

    def commit(self) -> Commit:
        """Return the last commit."""
        return history.last_commit(self._connection)

    def knows(self, commit: Commit) -> bool:
        """Say whether this catalog once was at `commit`: then `changed_since` leads from there to here."""
        return history.knows(self._connection, commit)

    def changed_since(self, commit: Commit) -> list[int]:
        """Return the ids of photos whose features came, changed or went after `commit`, ascending."""
        return history.changed_since(self._connection, commit)

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
        return list(islice(self._records("path > ? ORDER BY path", after), limit))

    def photos_before(self, photo: int | None, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos, the ones that came last first, before `photo` or from the last."""
        before = 2**63 - 1 if photo is None else photo
        return list(islice(self._records("id < ? ORDER BY id DESC", before), limit))

    def unreadable_after(self, photo: int, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos whose files cannot be read now, by id, after `photo`."""
        return list(
            islice(self._records("(state = 'unreadable' OR reason <> '') AND id > ? ORDER BY id", photo), limit)
        )

    def photos_below(self, folder: Path, path: Path | None, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos below a folder in the order of their paths, after `path` or from the start."""
        start = os.fsencode(folder) + b"/"
        after = start if path is None else os.fsencode(path)
        end = start[:-1] + bytes([start[-1] + 1])
        return list(islice(self._records("path > ? AND path < ? ORDER BY path", after, end), limit))

    def firsts_by_folder(self) -> dict[Path, tuple[int, int]]:
        """Return of each folder that holds photos the id of one of them and their number, in the order of the paths."""
        found: dict[bytes, tuple[int, int]] = {}
        for photo, path in self._connection.execute("SELECT id, path FROM photos ORDER BY path"):
            folder = path.rpartition(b"/")[0]
            first, count = found.get(folder, (photo, 0))
            found[folder] = first, count + 1
        return {path_of(folder): value for folder, value in found.items()}

    def photos_with_content(self, content_hash: bytes, after: int = 0) -> Iterator[PhotoRecord]:
        """Yield the photos whose content has this hash and whose id is greater than `after`, by id."""
        return self._records("content_hash = ? AND id > ? ORDER BY id", content_hash, after)

    def photos_with_ids(self, ids: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return the photos with these ids; ids that are gone are left out."""
        return {record.id: record for record in self._records(f"id {_IN_IDS}", json.dumps(ids))}

    def select(self, predicate: Callable[[Mapping[str, Any]], bool]) -> NDArray[np.int64]:
        """Return the ids [n], ascending, of the indexed photos whose metadata the predicate accepts."""
        verdicts: dict[tuple[bytes, int], bool | None] = {}  # most photos share their metadata with many others
        chosen = []
        query = "SELECT id, CAST(metadata AS BLOB), metadata_digest FROM photos WHERE state = 'indexed' ORDER BY id"
        for photo, text, digest in self._connection.execute(query):
            if (text, digest) not in verdicts:
                sound = digest == row_digest(text)
                verdicts[text, digest] = predicate(json.loads(text)) if sound else None
            verdict = verdicts[text, digest]
            if verdict is None:
                self._found.add(Damage(photo, None, "metadata"))
            elif verdict:
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
        query = f"SELECT photo, vector, digest FROM descriptors WHERE photo {_IN_IDS} ORDER BY photo"  # noqa: S608
        rows = self._connection.execute(query, (json.dumps(list(ids)),)).fetchall()
        self._miss(ids, [photo for photo, _, _ in rows], "global descriptor")
        return self._as_arrays(rows)

    def all_descriptors(self, block: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Yield (ids, global descriptors) of all indexed photos, by id, in blocks of at most `block`."""
        cursor = self._connection.execute("SELECT photo, vector, digest FROM descriptors ORDER BY photo")
        while rows := list(islice(cursor, block)):
            yield self._as_arrays(rows)

    def descriptors_after(self, photo: int, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (ids, global descriptors) of up to `limit` indexed photos, by id, after the id `photo`."""
        cursor = self._connection.execute(
            "SELECT photo, vector, digest FROM descriptors WHERE photo > ? ORDER BY photo", (photo,)
        )
        return self._as_arrays(islice(filter(self._is_sound, cursor), limit))

    def features(self, ids: Sequence[int]) -> dict[int, CompactFeatures]:
        """Return the local features of those of the photos that are indexed.

        Raises:
            CollectionError: they are of a newer version.
        """
        return {photo: features for photo, _, features in self._packed_features(ids)}

    def stored(self, ids: Sequence[int]) -> dict[int, StoredFeatures]:
        """Return the features of those of the photos that are indexed, as they are stored."""
        query = f"SELECT photo, vector, digest FROM descriptors WHERE photo {_IN_IDS}"  # noqa: S608  no outside text
        rows = filter(self._is_sound, self._connection.execute(query, (json.dumps(list(ids)),)).fetchall())
        vectors = {photo: vector for photo, vector, _ in rows}
        self._miss(ids, list(vectors), "global descriptor")
        return {
            photo: StoredFeatures(features.image_size, vectors[photo], packed)
            for photo, packed, features in self._packed_features(ids)
            if photo in vectors
        }

    def _packed_features(self, ids: Sequence[int]) -> Iterator[tuple[int, bytes, CompactFeatures]]:
        """Yield of those of the photos that are indexed the local features, as they are stored and unpacked."""
        query = f"SELECT photo, packed FROM features WHERE photo {_IN_IDS}"  # noqa: S608  no outside text
        rows = self._connection.execute(query, (json.dumps(list(ids)),)).fetchall()
        self._miss(ids, [photo for photo, _ in rows], "local features")
        for photo, packed in rows:
            try:
                yield photo, packed, unpack(packed)
            except DamagedFeaturesError:
                self._note(photo, "local features")

    def holds_features(self, photo: int) -> bool:
        """Say whether all features of a photo are there, undamaged."""
        return len(self.descriptors([photo])[0]) == 1 and photo in self.features([photo])

    def structural_damage(self) -> list[str]:
        """Return what is wrong with the catalog beyond single photos, a line each: all of it is read."""
        return structural_damage(self._connection)

    def damaged_photos(self, on_progress: OnProgress = silent) -> Iterator[Damage]:
        """Yield what is damaged of photos, by photo: all of them are read."""
        return damaged_photos(self._connection, on_progress)

    def meta(self) -> dict[str, str]:
        """Return the facts of the collection as a whole.

        Raises:
            CatalogDamageError: one is damaged.
        """
        query = f"SELECT CAST(key AS BLOB), CAST(value AS BLOB), digest IS {META_DIGEST} FROM meta"  # noqa: S608
        rows = self._connection.execute(query).fetchall()
        if not all(sound for _, _, sound in rows):
            raise CatalogDamageError(
                "what the catalog says of its model is damaged; run `glocal repair`, or restore a backup"
            )
        return {key.decode(): value.decode() for key, value, _ in rows}

    def _miss(self, wanted: Sequence[int], got: Sequence[int], part: str) -> None:
        """Tell of photos that are indexed and lack a part; those that are gone lack nothing."""
        if len(got) == len(wanted):
            return
        lacking = sorted(set(wanted) - set(got))
        query = f"SELECT id FROM photos WHERE state = 'indexed' AND id {_IN_IDS}"  # noqa: S608
        for (photo,) in self._connection.execute(query, (json.dumps(lacking),)).fetchall():
            self._note(photo, part)

    def _note(self, photo: int, part: str) -> None:
        record = next(self._records("id = ?", photo), None)
        self._found.add(Damage(photo, record.path if record else None, part))

    def _is_sound(self, row: VectorRow) -> bool:
        photo, vector, digest = row
        sound = vector_digest(photo, vector) == digest
        if not sound:
            self._note(photo, "global descriptor")
        return sound

    def _as_arrays(self, rows: Iterable[VectorRow]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        sound = list(filter(self._is_sound, rows))
        ids = np.array([photo for photo, _, _ in sound], np.int64)
        return ids, descriptor_rows([vector for _, vector, _ in sound])

    def _count(self, query: str) -> int:
        (count,) = self._connection.execute(query).fetchone()
        return int(count)

    def _records(self, condition: str, *values: object) -> Iterator[PhotoRecord]:
        query = f"SELECT {COLUMNS} FROM photos WHERE {condition}"  # noqa: S608  the conditions are those above
        for row in self._connection.execute(query, values):
            record = sound_record(row, self._found)
            if record is not None:
                yield record

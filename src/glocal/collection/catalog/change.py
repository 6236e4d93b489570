"""Writing a catalog: one change is one transaction, all of it or nothing."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glocal.collection.catalog.damage import DamageFound
from glocal.collection.catalog.digests import METADATA_DIGEST, PHOTO_DIGEST, row_digest, vector_digest
from glocal.collection.catalog.history import write_commit
from glocal.collection.catalog.records import EXIF, Commit, FileState
from glocal.collection.catalog.snapshot import Snapshot
from glocal.collection.catalog.stored_features import StoredFeatures

_SOUND = f"digest IS {PHOTO_DIGEST}"
"""SQL: a row of `photos` is as it was written. No other is changed in part: its new digest would hide the damage."""

_NO_METADATA_DIGEST = row_digest(b"{}")


class Change(Snapshot):
    """A transaction under way. Lives inside `Catalog.change()`, which commits it."""

    def __init__(self, connection: sqlite3.Connection, found: DamageFound) -> None:
        super().__init__(connection, found)
        self._generation = self.commit().generation + 1
        self._rows_before = connection.total_changes
        self._changed: set[int] = set()
        self._packed: list[tuple[int, bytes]] = []  # local features that wait: see _write_features

    def put(self, path: Path, file: FileState, stored: StoredFeatures, exif: Mapping[str, Any] | None = None) -> None:
        """Insert the photo, or replace what was known of it but its id and the user's metadata."""
        width, height = stored.image_size
        photo = self._upsert(path, file, "indexed", "", width, height)
        self._put_exif(photo, exif)
        self._put_vector(photo, stored.vector)
        self._packed.append((photo, stored.packed))
        self._changed.add(photo)

    def put_copy(self, path: Path, file: FileState, source: int) -> bool:
        """Insert or replace the photo with the features of photo `source`, which has the same content.

        Returns:
            False, with nothing done, if `source` is gone, damaged, or no longer has that content.
        """
        self._write_features()  # the source may be among them
        original = self.photos_with_ids([source]).get(source)
        if original is None or original.file.content_hash != file.content_hash or not self.holds_features(source):
            return False
        photo = self._upsert(path, file, "indexed", "", original.width, original.height)
        self._put_exif(photo, original.exif)
        ((vector,),) = self._execute("SELECT vector FROM descriptors WHERE photo = ?", source).fetchall()
        self._put_vector(photo, vector)
        self._execute("INSERT OR REPLACE INTO features SELECT ?, packed FROM features WHERE photo = ?", photo, source)
        self._changed.add(photo)
        return True

    def rename(self, path: Path, file: FileState, source: int) -> bool:
        """Give photo `source`, which has the same content, a new path that no photo has.

        Returns:
            False, with nothing done, if `source` is gone or changed, or the path is taken.
        """
        query = f"""UPDATE OR IGNORE photos SET path = ?, file_size = ?, mtime_ns = ?, reason = ''
                    WHERE id = ? AND content_hash = ? AND {_SOUND}"""  # noqa: S608
        return self._update(path, query, os.fsencode(path), file.size, file.mtime_ns, source, file.content_hash)

    def put_unreadable(self, path: Path, file: FileState, reason: str) -> None:
        """Note that the file cannot be read. A photo that was indexed keeps its features."""
        query = f"""UPDATE photos SET file_size = ?, mtime_ns = ?, reason = ?
                    WHERE path = ? AND state = 'indexed' AND {_SOUND}"""  # noqa: S608
        if not self._update(path, query, file.size, file.mtime_ns, reason, os.fsencode(path)):
            self.put_unknown(path, file, reason)

    def put_unknown(self, path: Path, file: FileState, reason: str) -> None:
        """Note that the file cannot be read, and forget what features there may be of it."""
        photo = self._upsert(path, file, "unreadable", reason, 0, 0)
        for table in ("descriptors", "features"):
            self._execute(f"DELETE FROM {table} WHERE photo = ?", photo)  # noqa: S608
        self._changed.add(photo)

    def touch(self, path: Path, file: FileState, reason: str) -> bool:
        """Note a new time of change for a file whose content is the same.

        Returns:
            False, with nothing done, if the photo is gone or its content is another.
        """
        query = f"""UPDATE photos SET mtime_ns = ?, file_size = ?, reason = ?
                    WHERE path = ? AND content_hash = ? AND {_SOUND}"""  # noqa: S608
        return self._update(path, query, file.mtime_ns, file.size, reason, os.fsencode(path), file.content_hash)

    def remove(self, ids: Sequence[int]) -> None:
        """Remove these photos with all that is known of them. Their ids are never used again."""
        self._write_features()
        self._changed.update(ids)
        self._connection.executemany("DELETE FROM photos WHERE id = ?", [(photo,) for photo in ids])

    def annotate(self, photo: int, metadata: Mapping[str, Any]) -> None:
        """Replace the user's metadata of a photo; what the camera wrote stays.

        Raises:
            TypeError, ValueError: it is not JSON.
        """
        record = self.photos_with_ids([photo]).get(photo)
        self._put_metadata(photo, metadata, None if record is None else record.exif)

    def put_exif(self, path: Path, exif: Mapping[str, Any]) -> bool:
        """Note what the camera wrote into a photo's file; return False, with nothing done, if the photo is gone."""
        photo = self.photo(path)
        if photo is not None:
            self._put_exif(photo.id, exif)
        return photo is not None

    def finish(self) -> Commit:
        """Stamp the change with a new generation, if it changed anything, and return the last commit."""
        self._write_features()
        if self._connection.total_changes == self._rows_before:
            return self.commit()
        return write_commit(self._connection, self._generation, self._changed)

    def _write_features(self) -> None:
        """Write the local features of this transaction, after its global descriptors.

        Those then lie side by side in the file, and a new index, which reads all of them, finds them in long runs: a
        hundred thousand took 3 s from a slow disk, and more than a minute where each lay beside its photo's features.
        """
        self._connection.executemany("INSERT OR REPLACE INTO features VALUES (?, ?)", self._packed)
        self._packed = []

    def _upsert(self, path: Path, file: FileState, state: str, reason: str, width: int, height: int) -> int:
        query = """INSERT INTO photos (path, content_hash, file_size, mtime_ns, width, height, state, reason, digest,
                   metadata_digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                   ON CONFLICT (path) DO UPDATE SET content_hash = excluded.content_hash,
                   file_size = excluded.file_size, mtime_ns = excluded.mtime_ns, width = excluded.width,
                   height = excluded.height, state = excluded.state, reason = excluded.reason,
                   digest = excluded.digest RETURNING id"""
        facts = (os.fsencode(path), file.content_hash, file.size, file.mtime_ns, width, height)
        digest = row_digest(*facts, state.encode(), reason.encode())
        values = (*facts, state, reason, digest, _NO_METADATA_DIGEST)
        ((photo,),) = self._execute(query, *values).fetchall()
        return int(photo)

    def _update(self, path: Path, query: str, *values: object) -> bool:
        """Change one sound row of `photos`, which then has this path; return False if there is none."""
        if self._execute(query, *values).rowcount != 1:
            return False
        self._execute(f"UPDATE photos SET digest = {PHOTO_DIGEST} WHERE path = ?", os.fsencode(path))  # noqa: S608
        return True

    def _put_exif(self, photo: int, exif: Mapping[str, Any] | None) -> None:
        """Note what the camera wrote beside the user's metadata, unless that is damaged: its digest would hide it."""
        record = self.photos_with_ids([photo])[photo]
        query = f"SELECT 1 FROM photos WHERE id = ? AND metadata_digest IS {METADATA_DIGEST}"  # noqa: S608
        if exif != record.exif and self._execute(query, photo).fetchone():
            self._put_metadata(photo, record.metadata, exif)

    def _put_metadata(self, photo: int, metadata: Mapping[str, Any], exif: Mapping[str, Any] | None) -> None:
        own = {key: value for key, value in metadata.items() if key != EXIF}
        text = json.dumps(own if exif is None else {**own, EXIF: exif}, ensure_ascii=False, allow_nan=False)
        self._execute("UPDATE photos SET metadata = ? WHERE id = ?", text, photo)
        self._execute(f"UPDATE photos SET metadata_digest = {METADATA_DIGEST} WHERE id = ?", photo)  # noqa: S608

    def _put_vector(self, photo: int, vector: bytes) -> None:
        values = (photo, vector, vector_digest(photo, vector))
        self._execute("INSERT OR REPLACE INTO descriptors VALUES (?, ?, ?)", *values)

    def _execute(self, query: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(query, values)

"""Writing a catalog: one change is one transaction, all of it or nothing."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glocal.collection.catalog.records import Commit, FileState
from glocal.collection.catalog.snapshot import Snapshot
from glocal.collection.catalog.stored_features import StoredFeatures

TOKEN_BYTES = 16


class Change(Snapshot):
    """A transaction under way. Lives inside `Catalog.change()`, which commits it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._generation = self.commit().generation + 1
        self._rows_before = connection.total_changes
        self._packed: list[tuple[int, bytes]] = []  # local features that wait: see _write_features

    def put(self, path: Path, file: FileState, stored: StoredFeatures) -> None:
        """Insert the photo, or replace what was known of it but its id and metadata."""
        width, height = stored.image_size
        photo = self._upsert(path, file, "indexed", "", width, height)
        self._execute("INSERT OR REPLACE INTO descriptors VALUES (?, ?)", photo, stored.vector)
        self._packed.append((photo, stored.packed))
        self._mark_changed([photo])

    def put_copy(self, path: Path, file: FileState, source: int) -> bool:
        """Insert or replace the photo with the features of photo `source`, which has the same content.

        Returns:
            False, with nothing done, if `source` is gone or no longer has that content.
        """
        self._write_features()  # the source may be among them
        original = self.photos_with_ids([source]).get(source)
        if original is None or not original.indexed or original.file.content_hash != file.content_hash:
            return False
        photo = self._upsert(path, file, "indexed", "", original.width, original.height)
        copies = (
            "INSERT OR REPLACE INTO descriptors SELECT ?, vector FROM descriptors WHERE photo = ?",
            "INSERT OR REPLACE INTO features SELECT ?, packed FROM features WHERE photo = ?",
        )
        for query in copies:
            self._execute(query, photo, source)
        self._mark_changed([photo])
        return True

    def rename(self, path: Path, file: FileState, source: int) -> bool:
        """Give photo `source`, which has the same content, a new path that no photo has.

        Returns:
            False, with nothing done, if `source` is gone or changed, or the path is taken.
        """
        query = """UPDATE OR IGNORE photos SET path = ?, file_size = ?, mtime_ns = ?, reason = ''
                   WHERE id = ? AND content_hash = ?"""
        values = (os.fsencode(path), file.size, file.mtime_ns, source, file.content_hash)
        return self._execute(query, *values).rowcount == 1

    def put_unreadable(self, path: Path, file: FileState, reason: str) -> None:
        """Note that the file cannot be read. A photo that was indexed keeps its features."""
        query = "UPDATE photos SET file_size = ?, mtime_ns = ?, reason = ? WHERE path = ? AND state = 'indexed'"
        kept = self._execute(query, file.size, file.mtime_ns, reason, os.fsencode(path)).rowcount
        if not kept:
            self._upsert(path, file, "unreadable", reason, 0, 0)

    def touch(self, path: Path, file: FileState, reason: str) -> bool:
        """Note a new time of change for a file whose content is the same.

        Returns:
            False, with nothing done, if the photo is gone or its content is another.
        """
        query = "UPDATE photos SET mtime_ns = ?, file_size = ?, reason = ? WHERE path = ? AND content_hash = ?"
        values = (file.mtime_ns, file.size, reason, os.fsencode(path), file.content_hash)
        return self._execute(query, *values).rowcount == 1

    def remove(self, ids: Sequence[int]) -> None:
        """Remove these photos with all that is known of them. Their ids are never used again."""
        self._write_features()
        self._mark_changed(ids)
        self._connection.executemany("DELETE FROM photos WHERE id = ?", [(photo,) for photo in ids])

    def annotate(self, photo: int, metadata: Mapping[str, Any]) -> None:
        """Replace the metadata of a photo.

        Raises:
            TypeError, ValueError: it is not JSON.
        """
        text = json.dumps(dict(metadata), ensure_ascii=False, allow_nan=False)
        self._execute("UPDATE photos SET metadata = ? WHERE id = ?", text, photo)

    def finish(self) -> Commit:
        """Stamp the change with a new generation, if it changed anything, and return the last commit."""
        self._write_features()
        if self._connection.total_changes == self._rows_before:
            return self.commit()
        commit = Commit(self._generation, secrets.token_bytes(TOKEN_BYTES))
        self._execute("INSERT INTO commits VALUES (?, ?)", commit.generation, commit.token)
        return commit

    def _write_features(self) -> None:
        """Write the local features of this transaction, after its global descriptors.

        Those then lie side by side in the file, and a new index, which reads all of them, finds them in long runs: a
        hundred thousand took 3 s from a slow disk, and more than a minute where each lay beside its photo's features.
        """
        self._connection.executemany("INSERT OR REPLACE INTO features VALUES (?, ?)", self._packed)
        self._packed = []

    def _upsert(self, path: Path, file: FileState, state: str, reason: str, width: int, height: int) -> int:
        query = """INSERT INTO photos (path, content_hash, file_size, mtime_ns, width, height, state, reason)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                   ON CONFLICT (path) DO UPDATE SET content_hash = excluded.content_hash,
                   file_size = excluded.file_size, mtime_ns = excluded.mtime_ns, width = excluded.width,
                   height = excluded.height, state = excluded.state, reason = excluded.reason RETURNING id"""
        key = os.fsencode(path)
        values = (key, file.content_hash, file.size, file.mtime_ns, width, height, state, reason)
        ((photo,),) = self._execute(query, *values).fetchall()
        return int(photo)

    def _mark_changed(self, ids: Sequence[int]) -> None:
        rows = [(self._generation, photo) for photo in ids]
        self._connection.executemany("INSERT OR IGNORE INTO changes VALUES (?, ?)", rows)

    def _execute(self, query: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(query, values)

"""The commits of a catalog, and the photos each changed: what a cached index catches up by.

A row of `commits` holds a digest of its own and of all changes of its generation, so that a damaged history is known by
nobody: an index is then made anew, rather than left with other photos than the catalog.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable
from itertools import groupby

from glocal.collection.catalog.digests import row_digest
from glocal.collection.catalog.records import Commit

NO_COMMIT = Commit(0, b"")

KEPT_COMMITS = 10_000
"""Older ones are forgotten: an index that is further behind is made anew."""

TOKEN_BYTES = 16


def last_commit(connection: sqlite3.Connection) -> Commit:
    """Return the last commit."""
    row = connection.execute("SELECT generation, token FROM commits ORDER BY generation DESC LIMIT 1").fetchone()
    return Commit(*row) if row else NO_COMMIT


def knows(connection: sqlite3.Connection, commit: Commit) -> bool:
    """Say whether the history holds all that happened since `commit`, undamaged."""
    if commit != NO_COMMIT:
        query = "SELECT 1 FROM commits WHERE generation = ? AND token = ?"
        if connection.execute(query, (commit.generation, commit.token)).fetchone() is None:
            return False
    sound = sound_commits(connection, commit.generation)
    return len(sound) == last_commit(connection).generation - commit.generation and all(sound.values())


def is_lost(connection: sqlite3.Connection, commit: Commit) -> bool:
    """Say whether a commit that was acknowledged is not there: all that is so old that it is forgotten aside."""
    if commit.generation == NO_COMMIT.generation:
        return False
    query = "SELECT 1 FROM commits WHERE generation = ? AND token = ?"
    if connection.execute(query, (commit.generation, commit.token)).fetchone() is not None:
        return False
    return commit.generation > last_commit(connection).generation - KEPT_COMMITS


def changed_since(connection: sqlite3.Connection, commit: Commit) -> list[int]:
    """Return the ids of photos whose features came, changed or went after `commit`, ascending."""
    query = "SELECT DISTINCT photo FROM changes WHERE generation > ? ORDER BY photo"
    return [photo for (photo,) in connection.execute(query, (commit.generation,))]


def sound_commits(connection: sqlite3.Connection, after: int) -> dict[int, bool]:
    """Return for each generation after `after` whether its commit and its changes are what was written."""
    query = "SELECT generation, photo FROM changes WHERE generation > ? ORDER BY generation, photo"
    rows = groupby(connection.execute(query, (after,)), key=lambda row: row[0])
    photos = {generation: [photo for _, photo in group] for generation, group in rows}
    commits = connection.execute("SELECT generation, token, digest FROM commits WHERE generation > ?", (after,))
    sound = {
        generation: digest == _digest(generation, token, photos.pop(generation, []))
        for generation, token, digest in commits
    }
    return sound | dict.fromkeys(photos, False)  # changes that no commit made


def write_commit(connection: sqlite3.Connection, generation: int, changed: Iterable[int]) -> Commit:
    """Stamp the transaction under way with a new commit, and forget the oldest ones."""
    commit = Commit(generation, secrets.token_bytes(TOKEN_BYTES))
    ids = sorted(changed)
    rows = [(generation, photo) for photo in ids]
    connection.executemany("INSERT INTO changes VALUES (?, ?)", rows)
    digest = _digest(generation, commit.token, ids)
    connection.execute("INSERT INTO commits VALUES (?, ?, ?)", (generation, commit.token, digest))
    for table in ("commits", "changes"):
        connection.execute(f"DELETE FROM {table} WHERE generation <= ?", (generation - KEPT_COMMITS,))  # noqa: S608
    return commit


def digest_commits(connection: sqlite3.Connection) -> None:
    """Write the digests of all commits; for a catalog that had none."""
    for generation, token in connection.execute("SELECT generation, token FROM commits").fetchall():
        query = "SELECT photo FROM changes WHERE generation = ? ORDER BY photo"
        ids = [photo for (photo,) in connection.execute(query, (generation,))]
        values = (_digest(generation, token, ids), generation)
        connection.execute("UPDATE commits SET digest = ? WHERE generation = ?", values)


def _digest(generation: int, token: object, photos: list[int]) -> int:
    return row_digest(generation, token, *photos)

"""Reading a whole catalog and comparing all of it with what was written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from glocal.collection.catalog.damage import Damage
from glocal.collection.catalog.digests import META_DIGEST, METADATA_DIGEST, PHOTO_DIGEST
from glocal.collection.catalog.history import sound_commits
from glocal.collection.catalog.packed_features import DamagedFeaturesError, unpack
from glocal.collection.catalog.schema import expected_schema, schema_of
from glocal.images import path_of
from glocal.progress import OnProgress, silent

_BLOCK = 256
"""Photos whose features are read at a time."""


def structural_damage(connection: sqlite3.Connection) -> list[str]:
    """Return what is wrong with the catalog beyond single photos, a line each."""
    verdicts = [str(verdict) for (verdict,) in connection.execute("PRAGMA integrity_check(20)")]
    found = [f"the catalog's structure: {verdict}" for verdict in verdicts if verdict != "ok"]
    if schema_of(connection) != expected_schema():
        found.append("the catalog's tables are not those of its format")
        return found
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        found.append("the catalog holds features of photos it does not know")
    if connection.execute(f"SELECT 1 FROM meta WHERE digest IS NOT {META_DIGEST}").fetchone():  # noqa: S608
        found.append("what the catalog says of its model")
    if not all(sound_commits(connection, 0).values()):
        found.append("the catalog's history of commits")
    return found


def damaged_photos(connection: sqlite3.Connection, on_progress: OnProgress = silent) -> Iterator[Damage]:
    """Yield what is damaged of each photo, by photo.

    Args:
        connection: in a transaction, so that all is of one moment.
        on_progress: called with ("catalog", photos read, photos in all) now and then.
    """
    (total,) = connection.execute("SELECT count(*) FROM photos").fetchone()
    query = f"""SELECT id, CAST(path AS BLOB), state = 'indexed', digest IS {PHOTO_DIGEST},
                metadata_digest IS {METADATA_DIGEST}, vector, v.digest_sound, packed
                FROM photos LEFT JOIN (SELECT photo AS described, vector, digest IS vector_digest(photo, vector)
                AS digest_sound FROM descriptors) AS v ON described = id
                LEFT JOIN features ON features.photo = id ORDER BY id"""  # noqa: S608
    for done, row in enumerate(connection.execute(query), 1):
        photo, path, indexed, sound, told, vector, vector_sound, packed = row
        name = path_of(path) if sound else None
        parts = {
            "record": sound,
            "metadata": told,
            "global descriptor": vector_sound if indexed else vector is None,
            "local features": _is_sound(packed) if indexed else packed is None,
        }
        yield from (Damage(photo, name, part) for part, good in parts.items() if not good)
        if done % _BLOCK == 0 or done == total:
            on_progress("catalog", done, total)


def _is_sound(packed: bytes | None) -> bool:
    try:
        unpack(packed or b"")
    except DamagedFeaturesError:
        return False
    return True

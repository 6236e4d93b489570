"""Rows of photos, as SQL reads them, to records; damaged ones are found by their digests."""

from __future__ import annotations

import json
from typing import Any

from glocal.collection.catalog.damage import Damage, DamageFound
from glocal.collection.catalog.digests import METADATA_DIGEST, PHOTO_DIGEST
from glocal.collection.catalog.records import EXIF, FileState, PhotoRecord
from glocal.images import path_of

COLUMNS = f"""id, path, file_size, mtime_ns, content_hash, width, height, state = 'indexed',
    CAST(reason AS BLOB), CAST(metadata AS BLOB), digest IS {PHOTO_DIGEST}, metadata_digest IS {METADATA_DIGEST}"""

Row = tuple[int, bytes, int, int, bytes | None, int, int, int, bytes, bytes, int, int]


def sound_record(row: Row, found: DamageFound) -> PhotoRecord | None:
    """Return a row as a record; None if it is damaged. Damaged metadata alone is taken for none."""
    identity, path, size, mtime_ns, content_hash, width, height, indexed, reason, metadata, sound, told = row
    if not sound:
        found.add(Damage(identity, None, "record"))
        return None
    name = path_of(path)
    if not told:
        found.add(Damage(identity, name, "metadata"))
    facts: dict[str, Any] = json.loads(metadata) if told else {}
    file = FileState(size, mtime_ns, content_hash)
    exif = facts.pop(EXIF, None)
    return PhotoRecord(identity, name, file, width, height, bool(indexed), reason.decode(), facts, _object(exif))


def _object(value: Any) -> dict[str, Any] | None:
    """Return a JSON object; None in place of what a user kept under that key before it was reserved."""
    return value if isinstance(value, dict) else None

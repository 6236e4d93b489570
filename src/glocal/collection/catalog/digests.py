"""Digests: what shows that a row of the catalog is no longer what was written.

SQLite finds damage of its own structure, but takes any bytes for the content of a row. So each row holds the CRC-32 of
its content. It finds every damage of up to 32 bits in a row, and all but one in four billion of the others.
"""

from __future__ import annotations

import sqlite3
import zlib

PHOTO_DIGEST = """row_digest(CAST(path AS BLOB), CAST(content_hash AS BLOB), file_size, mtime_ns, width, height,
    CAST(state AS BLOB), CAST(reason AS BLOB))"""
"""SQL: the digest of a row of `photos`, all but its metadata. As blobs, because damaged text may be no UTF-8."""

METADATA_DIGEST = "row_digest(CAST(metadata AS BLOB))"
"""SQL: the digest of a photo's metadata, kept apart, since filters read nothing else."""

META_DIGEST = "row_digest(CAST(key AS BLOB), CAST(value AS BLOB))"
"""SQL: the digest of a row of `meta`."""


def row_digest(*values: object) -> int:
    """Return the CRC-32 of values, each preceded by its kind and length: bytes as they are, numbers in decimal."""
    parts = []
    for value in values:
        data = value if isinstance(value, bytes) else str(value).encode()
        parts.append(b"%b%d:%b" % (b"b" if isinstance(value, bytes) else b"n", len(data), data))
    return zlib.crc32(b"".join(parts))


def vector_digest(photo: int, vector: object) -> int:
    """Return the CRC-32 of a photo's stored global descriptor, begun with the photo's id; 0 of what are no bytes."""
    return zlib.crc32(vector, photo & 0xFFFFFFFF) if isinstance(vector, bytes) else 0


def add_functions(connection: sqlite3.Connection) -> None:
    """Let SQL on this connection compute digests."""
    connection.create_function("row_digest", -1, row_digest, deterministic=True)
    connection.create_function("vector_digest", 2, vector_digest, deterministic=True)

"""Files of photos, encoded by Pillow or written by hand from their specifications."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png(width: int, height: int, depth: int, color: int, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG written from the specification, without a library."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    packed = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def tiff(entries: dict[int, tuple[int, int, int]], pixels: bytes) -> bytes:
    """A little-endian TIFF of one strip, written from the specification. Entries: tag → (type, count, value)."""
    start = 8 + 2 + 12 * (len(entries) + 2) + 4
    entries = {**entries, 273: (4, 1, start), 279: (4, 1, len(pixels))}
    body = b"".join(struct.pack("<HHII", tag, *entries[tag]) for tag in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + bytes(4) + pixels

"""Files without their last bytes, and PNG with a damaged comment: what is there is used, as every viewer does."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from glocal.images.structure import CHECKSUM_BYTES, PNG_SIGNATURE, png_chunks, scans_start

MOST_MISSING = 0.5
"""Share of a picture that may be missing. Of less than half a picture one should rather get the whole file."""

MOST_MENDED = 50_000_000
"""Pixels of a PNG that is mended: its rows are unpacked and packed again in memory."""

_PROGRESSIVE_FRAME, _START_OF_SCAN, _END_OF_JPEG = b"\xff\xc2", b"\xff\xda", b"\xff\xd9"
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type; PNG, section 11.2.1


class CutShortError(Exception):
    """More than half of a picture is missing, or it is too large to be mended."""


def note_of(path: Path) -> str:
    """Say what is wrong with a photo that was read all the same; empty if nothing is.

    Args:
        path: of a photo whose pixels could be read.

    Raises:
        OSError: the file is gone.
    """
    with path.open("rb") as stream:
        start = stream.read(8)
        if start.startswith(b"\xff\xd8\xff") and completed_jpeg(stream) is not None:
            return "its last bytes are missing; what is there was used"
        if start == PNG_SIGNATURE:
            return _png_note(stream)
    return ""


def _png_note(stream: BinaryIO) -> str:
    """Say what is wrong with a PNG. Its pixels are not read: decoding compares a checksum of their own."""
    damaged, kind = set(), b""
    for kind, length in png_chunks(stream):
        if kind == b"IEND":
            break
        if kind != b"IDAT":
            body = stream.read(length)
            if stream.read(CHECKSUM_BYTES) != struct.pack(">I", zlib.crc32(kind + body)):
                damaged.add(kind)
    if kind != b"IEND":
        return "its last bytes are missing; what is there was used"
    if damaged & _CRITICAL:
        return "its header or palette does not match its checksum; it was used as it is"
    return "a part beside the pixels is damaged; it was left out" if damaged else ""


def completed_jpeg(stream: BinaryIO) -> BinaryIO | None:
    """Return a JPEG that has no end with one, so that its decoder makes do with what is there; None if it has one.

    Zeros at the end, as a download leaves that reserved its room, count as missing.

    Raises:
        CutShortError: it is progressive, and ends in its first scan: no part of the picture is whole.
    """
    stream.seek(-min(2, stream.seek(0, os.SEEK_END)), os.SEEK_END)
    if stream.read(2) == _END_OF_JPEG:
        return None
    stream.seek(0)
    data = stream.read()
    start = scans_start(io.BytesIO(data))
    if start is None or data.find(_END_OF_JPEG, start) >= 0:  # behind its end may be a film, or anything
        return None
    if _PROGRESSIVE_FRAME in data[:start] and _START_OF_SCAN not in data[start:]:
        raise CutShortError
    return io.BytesIO(data.rstrip(b"\0") + _END_OF_JPEG)


def check_rows(image: Image.Image) -> None:
    """Refuse a picture of which too much is missing: rows at its end that are of one colour each.

    libjpeg fills what is missing with the colour it read last.

    Raises:
        CutShortError: more than `MOST_MISSING` of the rows are.
    """
    grey = np.asarray(image.convert("L"))
    filled = np.flatnonzero(np.ptp(grey, axis=1) > 2)
    last = int(filled[-1]) + 1 if len(filled) else 0
    if len(grey) - last > MOST_MISSING * len(grey):
        raise CutShortError


def mended_png(stream: BinaryIO) -> BinaryIO:
    """Return a PNG without damaged parts beside the pixels; missing rows at its end become black.

    Raises:
        CutShortError: more than `MOST_MISSING` of the picture is missing.
        ValueError, struct.error, zlib.error: it cannot be mended.
    """
    parts = [(kind, body) for kind, body, valid in _chunks(stream) if valid or kind in _CRITICAL]
    kept = [part for part in parts if part[0] != b"zTXt"]  # Pillow refuses the photo for a text it cannot unpack
    header = dict(kept)[b"IHDR"]
    packed = b"".join(body for kind, body in kept if kind == b"IDAT")
    pixels = zlib.compress(_whole_rows(header, packed), 1)
    before = [one for one in kept if one[0] not in (b"IDAT", b"IEND")]
    return io.BytesIO(PNG_SIGNATURE + b"".join(map(_chunk, [*before, (b"IDAT", pixels), (b"IEND", b"")])))


def has_png_end(stream: BinaryIO) -> bool:
    """Say whether a PNG's last chunk is where it should be, or something follows it."""
    stream.seek(-min(1 << 16, stream.seek(0, os.SEEK_END)), os.SEEK_END)
    found = b"IEND" in stream.read()
    stream.seek(0)
    return found


def _whole_rows(header: bytes, packed: bytes) -> bytes:
    """Inflate what is there of the pixels, and fill up with zeros."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if width * height > MOST_MENDED:
        raise CutShortError
    size = height * (1 + (width * depth * _CHANNELS[colour] + 7) // 8)
    inflater = zlib.decompressobj()
    rows = inflater.decompress(packed, 2 * size + (1 << 16))  # interlaced rows have a few bytes more
    if inflater.eof:
        return rows
    if interlaced or len(rows) < (1 - MOST_MISSING) * size:
        raise CutShortError
    return rows[:size].ljust(size, b"\0")


def _chunks(stream: BinaryIO) -> Iterator[tuple[bytes, bytes, bool]]:
    """Yield (kind, content, whether its checksum is right) of each chunk up to IEND; the last may be cut."""
    for kind, length in png_chunks(stream):
        body = stream.read(length)
        yield kind, body, stream.read(CHECKSUM_BYTES) == struct.pack(">I", zlib.crc32(kind + body))
        if kind == b"IEND":
            return


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    kind, body = part
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

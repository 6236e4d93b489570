"""TIFF 6.0 and BigTIFF: entries of the first directory, strips and tiles."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from glocal.images.structure.limits import ExcessError

MOST_ENTRIES = 1000
"""Of the first directory, whose picture is read: writers make 15 to 100."""

MOST_NUMBERS = 100_000
"""Of one entry. Strips and tiles have one each; the smallest allowed tile is 16 x 16 pixels, the usual 256 x 256."""

_OPAQUE = frozenset({1, 2, 6, 7})  # BYTE, ASCII, SBYTE, UNDEFINED: taken as they are
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}


def check_tiff(stream: BinaryIO) -> None:
    """Count the entries of the first directory, and their values."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    start = stream.read(16)
    order = "<" if start[:2] == b"II" else ">"
    big = start[2:4] in (b"+\0", b"\0+")
    number, place, width = ("Q", 8, 8) if big else ("H", 4, 2)
    entry = struct.Struct(order + ("HHQ8x" if big else "HHI4x"))
    try:
        (directory,) = struct.unpack_from(order + ("Q" if big else "I"), start, place)
        stream.seek(directory)
        (count,) = struct.unpack(order + number, stream.read(width))
    except (struct.error, ValueError, OverflowError):
        return
    if count > MOST_ENTRIES:
        raise ExcessError(f"has a directory of more than {MOST_ENTRIES} entries")
    entries = stream.read(count * entry.size)
    values = 0
    for _, kind, numbers in entry.iter_unpack(entries[: len(entries) // entry.size * entry.size]):
        if numbers > MOST_NUMBERS and kind not in _OPAQUE:
            raise ExcessError(f"has more than {MOST_NUMBERS} strips, tiles or other numbers in one entry")
        values += numbers * _SIZES.get(kind, 0)
    if values > size + MOST_NUMBERS:
        raise ExcessError("has entries that share their bytes")

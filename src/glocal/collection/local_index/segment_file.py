"""A segment on disk: written whole under a name of its own, then mapped, so that searches read the lists they need.

The file: a header (magic, photos, words, features, checksum of the body, and its own), then the segment's arrays as
plain little-endian numbers, each from a multiple of 64 bytes on.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.collection.file_sections import layout
from glocal.collection.local_index.segment import Segment
from glocal.files import publish, unfinished

_MAGIC = b"glocal words 1\n\0"
_HEADER = struct.Struct("<16sQQQI")
_CHECKSUM = struct.Struct("<I")
_BODY = 64
_CHUNK = 1 << 22


def write_segment(path: Path, segment: Segment) -> None:
    """Write a segment: whole or not at all.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
    """
    arrays = [segment.ids, segment.starts, segment.photos, segment.codes]
    placed, _ = _layout(len(segment), len(segment.starts) - 1, segment.features)
    checksum = 0
    with unfinished(path) as draft:
        with draft.open("wb") as file:
            place = _BODY
            file.write(bytes(_BODY))
            for array, (start, dtype, _) in zip(arrays, placed, strict=True):
                data = bytes(start - place) + np.ascontiguousarray(array, dtype).tobytes()
                file.write(data)
                checksum = zlib.crc32(data, checksum)
                place += len(data)
            header = _HEADER.pack(_MAGIC, len(segment), len(segment.starts) - 1, segment.features, checksum)
            file.seek(0)
            file.write(header + _CHECKSUM.pack(zlib.crc32(header)))
        publish(draft, path)


def read_segment(path: Path, words: int) -> Segment | None:
    """Map a segment; None if it is missing, cut short, garbled at its head, or of another number of words.

    The lists themselves are not read, as that would read the whole file: `is_sound` does.
    """
    mapped = _mapped(path)
    if mapped is None:
        return None
    photos, found, features, _ = _facts(mapped)
    placed, end = _layout(photos, found, features)
    if found != words or len(mapped) != end:
        return None
    ids, starts, rows, codes = (_array(mapped, *section) for section in placed)
    if np.any(np.diff(ids) <= 0) or starts[0] != 0 or starts[-1] != features or np.any(np.diff(starts) < 0):
        return None
    return Segment(ids, starts, rows, codes)


def is_sound(path: Path) -> bool:
    """Read a segment's whole file and compare it with its checksum."""
    mapped = _mapped(path)
    if mapped is None or any(mapped[_HEADER.size + _CHECKSUM.size : _BODY]):
        return False
    checksum = 0
    for start in range(_BODY, len(mapped), _CHUNK):
        checksum = zlib.crc32(mapped[start : start + _CHUNK], checksum)
    return checksum == _facts(mapped)[-1]


def _mapped(path: Path) -> memoryview | None:
    """Map a file whose header is sound."""
    try:
        with path.open("rb") as file:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):
        return None
    head = bytes(mapped[: _HEADER.size + _CHECKSUM.size])
    if len(mapped) < _BODY or not head.startswith(_MAGIC):
        return None
    return mapped if _CHECKSUM.pack(zlib.crc32(head[: _HEADER.size])) == head[_HEADER.size :] else None


def _facts(mapped: memoryview) -> tuple[int, int, int, int]:
    """Return (photos, words, features, checksum of the body) from a sound header."""
    _, photos, words, features, checksum = _HEADER.unpack(mapped[: _HEADER.size])
    return photos, words, features, checksum


def _layout(photos: int, words: int, features: int) -> tuple[list[tuple[int, np.dtype[Any], tuple[int, ...]]], int]:
    """Return (start, type, shape) of each array, and the size of the file."""
    sections: list[tuple[str, tuple[int, ...]]] = [
        ("<i8", (photos,)),
        ("<i8", (words + 1,)),
        ("<u2", (features,)),
        ("<u8", (features, 2)),
    ]
    return layout(sections, _BODY)


def _array(mapped: memoryview, start: int, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    size = int(np.prod(shape, dtype=int)) * dtype.itemsize
    return np.frombuffer(mapped[start : start + size], dtype).reshape(shape)

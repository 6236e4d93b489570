"""The cache of the global index on disk: never trusted blindly, never missed when it cannot be used.

The file: a header, then sections of plain little-endian arrays, each from a multiple of 64 bytes on. The header
holds magic, commit, sizes and a checksum of each section, and its own. Reading maps the file: what searches do not
touch takes no memory, and what they do is the system's cache, which it takes back when it needs to.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from glocal.collection.catalog import Commit
from glocal.collection.file_sections import layout
from glocal.collection.index.index_names import forget_index_files, index_files, new_name
from glocal.collection.index.index_state import Base
from glocal.collection.index.int8_codes import Codes, evenly
from glocal.collection.index.sketches import TILE, Sketches, sketch_words, tiles
from glocal.files import clear_unfinished, publish, unfinished

_MAGIC = b"glocal index 4\n\0"
_SECTIONS = 6
_HEADER = struct.Struct(f"<16sQ16sQII{_SECTIONS}I")  # magic, commit, photos, dimensions, words, checksums
_CHECKSUM = struct.Struct("<I")
_CHUNK = 1 << 22


def write_index(
    path: Path, commit: Commit, dimensions: int, count: int, *, sketched: bool, blocks: Iterable[Codes]
) -> bool:
    """Write the cache: whole, under a new name, then renamed.

    Args:
        path: of the cache; the file gets a name of its own beside it, and earlier ones are deleted.
        commit: the state of the catalog that the blocks hold.
        dimensions: length D of a descriptor.
        count: photos in all blocks together.
        sketched: store sketches too.
        blocks: the photos by id.

    The caller holds the lock that only one writer has: what is unfinished is then a crash's, and is deleted.

    Returns:
        False if the folder cannot be written, the disk is full, or there are not `count` photos, as some are damaged:
        the cache is then simply not renewed.
    """
    words = sketch_words(dimensions) if sketched else 0
    clear_unfinished(path)
    try:
        with unfinished(path) as draft:
            with draft.open("wb") as file:
                if _write(file, commit, dimensions, count, words, blocks) != count:
                    return False
            made = new_name(path, commit)
            publish(draft, made)
    except OSError:
        return False
    forget_index_files(path, made)
    return True


def read_index(path: Path, dimensions: int | None) -> tuple[Base, Commit] | None:
    """Map the cache and read the state of the catalog it holds; None if it is missing, cut short or garbled.

    Args:
        path: of the cache, as `write_index` takes it.
        dimensions: length D that its descriptors must have; None: any.
    """
    return next((found for file in index_files(path) if (found := _read(file, dimensions)) is not None), None)


def damaged_index_files(path: Path) -> list[Path]:
    """Return the cache's files of which not every byte is what was written."""
    return [file for file in index_files(path) if not _is_sound(file)]


def _read(path: Path, dimensions: int | None) -> tuple[Base, Commit] | None:
    """Map one file."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER.size + _CHECKSUM.size)
            if len(header) < _HEADER.size + _CHECKSUM.size or not header.startswith(_MAGIC):
                return None
            if _CHECKSUM.pack(zlib.crc32(header[: _HEADER.size])) != header[_HEADER.size :]:
                return None
            _, generation, token, count, found, words, *checksums = _HEADER.unpack(header[: _HEADER.size])
            placed, end = _layout(count, found, words)
            if dimensions not in (None, found) or file.seek(0, 2) != end:
                return None
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):
        return None
    sections = [mapped[start : start + np.prod(shape, dtype=int) * dtype.itemsize] for start, dtype, shape in placed]
    if any(_checksum(section) != checksum for section, checksum in zip(sections, checksums, strict=True)):
        return None
    arrays = [
        np.frombuffer(section, dtype).reshape(shape)
        for section, (_, dtype, shape) in zip(sections, placed, strict=True)
    ]
    ids, steps, errors, values, bits, factors = arrays
    sketches = Sketches(bits, factors) if words else None
    return Base(Codes(ids, values, steps, errors), sketches), Commit(generation, token)


def _is_sound(path: Path) -> bool:
    found = _read(path, None)
    if found is None:
        return False
    base, _ = found
    words = 0 if base.sketches is None else base.sketches.bits.shape[1]
    placed, _ = _layout(len(base.codes), base.codes.dimensions, words)
    ends = [_HEADER.size + _CHECKSUM.size]
    ends += [start + int(np.prod(shape, dtype=int)) * dtype.itemsize for start, dtype, shape in placed]
    with path.open("rb") as file:
        for end, (start, _, _) in zip(ends, placed, strict=False):
            file.seek(end)
            if any(file.read(start - end)):
                return False
    return True


def _write(file: IO[bytes], commit: Commit, dimensions: int, count: int, words: int, blocks: Iterable[Codes]) -> int:
    """Write the file and return the number of photos in it."""
    written = 0
    placed, _ = _layout(count, dimensions, words)
    places = [start for start, _, _ in placed]
    checksums = [0] * _SECTIONS
    for block in evenly(blocks):
        written += len(block)
        arrays: list[NDArray[Any]] = [block.ids, block.steps, block.errors, block.values]
        if words:
            sketches = Sketches.of(block)
            arrays += [sketches.bits, sketches.factors]
        for section, array in enumerate(arrays):
            data = np.ascontiguousarray(array).tobytes()
            file.seek(places[section])
            file.write(data)
            places[section] += len(data)
            checksums[section] = zlib.crc32(data, checksums[section])
    file.truncate(_layout(count, dimensions, words)[1])
    header = _HEADER.pack(_MAGIC, commit.generation, commit.token, count, dimensions, words, *checksums)
    file.seek(0)
    file.write(header + _CHECKSUM.pack(zlib.crc32(header)))
    return written


def _layout(count: int, dimensions: int, words: int) -> tuple[list[tuple[int, np.dtype[Any], tuple[int, ...]]], int]:
    """Return (start, type, shape) of each section, and the size of the file."""
    sketched = count if words else 0
    sections: list[tuple[str, tuple[int, ...]]] = [
        ("<i8", (count,)),
        ("<f4", (count,)),
        ("<f4", (count,)),
        ("i1", (count, dimensions)),
        ("<u8", (tiles(sketched), words, TILE)),
        ("<f4", (sketched,)),
    ]
    return layout(sections, _HEADER.size + _CHECKSUM.size)


def _checksum(section: memoryview) -> int:
    checksum = 0
    for start in range(0, len(section), _CHUNK):
        checksum = zlib.crc32(section[start : start + _CHUNK], checksum)
    return checksum

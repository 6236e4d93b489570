"""LevelDB's sorted table, in which TensorFlow keeps the index of a checkpoint (leveldb, doc/table_format.md).

Layout: blocks, then a footer of two handles (place and size of a block) and a magic number. Every block is followed by
a byte for its compression and a masked CRC-32C. The second handle is that of the index block, whose values are the
handles of the data blocks.
"""

from __future__ import annotations

from collections.abc import Iterator

from glocal.importing.crc32c import masked_crc32c
from glocal.wire import varint

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_TRAILER = 5


def read_table(content: bytes) -> dict[bytes, bytes]:
    """Return all keys and values of a table.

    Raises:
        ValueError: not a table, cut short, compressed, or a checksum is wrong.
    """
    view = memoryview(content)
    if len(view) < _FOOTER or int.from_bytes(view[-8:], "little") != _MAGIC:
        raise ValueError("is no index of a TensorFlow checkpoint, or is cut short")
    footer = view[-_FOOTER:]
    _, at = _handle(footer, 0)
    index, _ = _handle(footer, at)
    table: dict[bytes, bytes] = {}
    for _, handle in _entries(_block(view, *index)):
        place, _ = _handle(memoryview(handle), 0)
        table.update(_entries(_block(view, *place)))
    return table


def _handle(content: memoryview, at: int) -> tuple[tuple[int, int], int]:
    """Read (place, size) of a block; return it and the place behind it."""
    place, at = varint(content, at)
    size, at = varint(content, at)
    return (place, size), at


def _block(table: memoryview, place: int, size: int) -> memoryview:
    """Return the content of a block whose checksum is right."""
    end = place + size
    if end + _TRAILER > len(table):
        raise ValueError("is cut short")
    if masked_crc32c(table[place : end + 1]) != int.from_bytes(table[end + 1 : end + _TRAILER], "little"):
        raise ValueError("is damaged: the checksum of a block is wrong")
    if table[end] != 0:
        raise ValueError("is compressed, which TensorFlow's writers do not do")
    return table[place:end]


def _entries(block: memoryview) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values; a key shares its beginning with the one before it."""
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 * (restarts + 1)
    key, at = b"", 0
    while at < end:
        shared, at = varint(block, at)
        own, at = varint(block, at)
        size, at = varint(block, at)
        key = key[:shared] + bytes(block[at : at + own])
        at += own
        yield key, bytes(block[at : at + size])
        at += size

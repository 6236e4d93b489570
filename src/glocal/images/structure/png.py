"""PNG (ISO/IEC 15948): chunks."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from glocal.images.structure.limits import ExcessError

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHECKSUM_BYTES = 4

MOST_CHUNKS = 100_000
"""Encoders write pixels in chunks of 8 KiB or more, so that this is 800 MB; animations have two chunks a frame."""

MOST_OTHER_CHUNKS = 1000
"""Chunks that are neither pixels nor frames. Pillow looks into each of them."""

_HEADER = struct.Struct(">I4s")
_PIXELS = frozenset({b"IDAT", b"fdAT", b"fcTL"})


def check_png(stream: BinaryIO) -> None:
    """Count the chunks."""
    others = 0
    for number, (kind, _) in enumerate(png_chunks(stream), 1):
        if kind == b"IEND":
            return
        others += kind not in _PIXELS
        if others > MOST_OTHER_CHUNKS:
            raise ExcessError(f"has more than {MOST_OTHER_CHUNKS} chunks that are no pixels")
        if number == MOST_CHUNKS:
            raise ExcessError(f"has more than {MOST_CHUNKS} chunks")


def png_chunks(stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield (kind, length) of each chunk, `stream` standing at its content; it may be read from meanwhile.

    What follows the last chunk, IEND, is taken for chunks too. The last one may be cut short.
    """
    place = len(PNG_SIGNATURE)
    stream.seek(place)
    while len(header := stream.read(_HEADER.size)) == _HEADER.size:
        length, kind = _HEADER.unpack(header)
        yield kind, length
        place += _HEADER.size + length + CHECKSUM_BYTES
        stream.seek(place)

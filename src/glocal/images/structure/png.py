"""PNG (ISO/IEC 15948): chunks."""

from __future__ import annotations

import struct
from typing import BinaryIO

from glocal.images.structure.limits import ExcessError

MOST_CHUNKS = 100_000
"""Encoders write pixels in chunks of 8 KiB or more, so that this is 800 MB; animations have two chunks a frame."""

MOST_OTHER_CHUNKS = 1000
"""Chunks that are neither pixels nor frames. Pillow looks into each of them."""

_PIXELS = frozenset({b"IDAT", b"fdAT", b"fcTL"})


def check_png(stream: BinaryIO) -> None:
    """Count the chunks."""
    stream.seek(8)
    others = 0
    for _ in range(MOST_CHUNKS):
        header = stream.read(8)
        if len(header) < 8 or header[4:] == b"IEND":
            return
        length, kind = struct.unpack(">I4s", header)
        others += kind not in _PIXELS
        if others > MOST_OTHER_CHUNKS:
            raise ExcessError(f"has more than {MOST_OTHER_CHUNKS} chunks that are no pixels")
        stream.seek(length + 4, 1)  # the chunk and its checksum
    raise ExcessError(f"has more than {MOST_CHUNKS} chunks")

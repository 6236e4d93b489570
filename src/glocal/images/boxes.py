"""Boxes of JPEG 2000 and JPEG XL files: a length, a type of four letters, and content (ISO/IEC 15444-1, annex I.4)."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import IO

MOST_BOXES = 1000
"""Files have about ten; JPEG XL may split its pixels into some more."""


def boxes(stream: IO[bytes], start: int = 0) -> Iterator[tuple[bytes, int]]:
    """Yield (type, length of the content) of each box, `stream` standing at its content; it may be read from meanwhile.

    Args:
        stream: the file, seekable.
        start: place of the first box.
    """
    end = stream.seek(0, os.SEEK_END)
    for _ in range(MOST_BOXES):
        stream.seek(start)
        head = stream.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        content = start + 8
        if length == 1:  # a length of 64 bits follows
            wide = stream.read(8)
            if len(wide) < 8:
                return
            (length,), content = struct.unpack(">Q", wide), start + 16
        stop = end if length == 0 else start + length
        if stop < content:
            return
        yield kind, stop - content
        start = stop

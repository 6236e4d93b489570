"""GIF (GIF89a specification): blocks before the first picture."""

from __future__ import annotations

from typing import BinaryIO

from glocal.images.structure.limits import ExcessError

MOST_BLOCKS = 10_000
"""Of up to 255 bytes each: comments, XMP and application data that come before the first picture."""


def check_gif(stream: BinaryIO) -> None:
    """Count the blocks of the extensions before the first picture."""
    stream.seek(10)
    flags = stream.read(3)[:1]
    if not flags:
        return
    if flags[0] & 0x80:
        stream.seek(3 * 2 ** ((flags[0] & 7) + 1), 1)  # the palette
    blocks = 0
    while stream.read(1) == b"!":
        stream.seek(1, 1)  # the kind of extension
        while (size := stream.read(1)) not in (b"", b"\0"):
            blocks += 1
            if blocks > MOST_BLOCKS:
                raise ExcessError(f"has more than {MOST_BLOCKS} blocks before its first picture")
            stream.seek(size[0], 1)
        blocks += 1

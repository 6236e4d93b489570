"""PNM (netpbm's ppm(5)): the text before the pixels, which Pillow reads one letter at a time."""

from __future__ import annotations

import re
from typing import BinaryIO

from glocal.images.structure.limits import ExcessError

MOST_HEADER_BYTES = 1 << 16

_BETWEEN = rb"(?:\s|#[^\r\n]*[\r\n])+"
_HEADER = re.compile(rb"P[56]" + 3 * (_BETWEEN + rb"\d+") + rb"\s")
"""Magic, width, height and greatest value; comments from "#" to the end of the line may stand between them."""


def check_pnm(stream: BinaryIO) -> None:
    """Refuse a header that does not end soon."""
    start = stream.read(MOST_HEADER_BYTES)
    if len(start) == MOST_HEADER_BYTES and _HEADER.match(start) is None:
        raise ExcessError(f"has a header of more than {MOST_HEADER_BYTES} bytes")

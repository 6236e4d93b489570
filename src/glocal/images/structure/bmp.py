"""BMP: run-length compression, which Pillow undoes one run at a time."""

from __future__ import annotations

import os
from typing import BinaryIO

from glocal.images.structure.limits import ExcessError

MOST_RUN_LENGTH_BYTES = 1 << 22
"""4 MiB: two million runs, some seconds."""

_RUN_LENGTH = (1, 2)  # BI_RLE8, BI_RLE4
_COMPRESSION_AT = 30


def check_bmp(stream: BinaryIO) -> None:
    """Refuse large run-length compressed files."""
    stream.seek(_COMPRESSION_AT)
    compression = int.from_bytes(stream.read(4), "little")
    if compression in _RUN_LENGTH and stream.seek(0, os.SEEK_END) > MOST_RUN_LENGTH_BYTES:
        raise ExcessError(f"has more than {MOST_RUN_LENGTH_BYTES} bytes of run-length compression")

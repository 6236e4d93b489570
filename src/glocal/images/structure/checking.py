"""The counter of each format. HEIC, AVIF and WebP are taken apart by their own decoders, in compiled code."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from glocal.images.structure.bmp import check_bmp
from glocal.images.structure.gif import check_gif
from glocal.images.structure.jpeg import check_header
from glocal.images.structure.png import check_png
from glocal.images.structure.pnm import check_pnm
from glocal.images.structure.tiff import check_tiff

_CHECKS: dict[str, Callable[[BinaryIO], None]] = {
    "JPEG": check_header,
    "PNG": check_png,
    "GIF": check_gif,
    "TIFF": check_tiff,
    "BMP": check_bmp,
    "PNM": check_pnm,
}


def check_structure(stream: BinaryIO, format: str) -> None:  # noqa: A002  the field's word
    """Refuse a file that has more parts than a photo needs, without decoding it.

    A file that is damaged passes: its decoder says so.

    Args:
        stream: the file, seekable; left at its start.
        format: "JPEG", "PNG", ... as `formats` names them.

    Raises:
        ExcessError: it has too many parts of a kind.
    """
    check = _CHECKS.get(format)
    if check is not None:
        stream.seek(0)
        check(stream)
        stream.seek(0)

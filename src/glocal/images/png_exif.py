"""The EXIF block of a PNG: in its own chunk, or in a text chunk as programs wrote it before there was one."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from glocal.images.structure import png_chunks

_RAW_PROFILE = b"Raw profile type exif\0"
_APP1_PROFILE = b"Raw profile type APP1\0"
_MOST_TEXT = 1 << 18
"""Bytes of a profile's text: a block of EXIF has up to 64 KiB, and is written with two digits a byte."""


def png_exif(stream: BinaryIO) -> bytes | None:
    """Return the EXIF block of a PNG, which may stand before or behind the pixels; None if there is none.

    The chunk eXIf (PNG extensions 1.5, of 2017) goes before text, in which ImageMagick and others wrote the block
    with two hexadecimal digits a byte, as "Raw profile type exif" or "Raw profile type APP1".
    """
    profile = None
    for kind, length in png_chunks(stream):
        if kind == b"eXIf":
            return stream.read(length)
        if kind in (b"tEXt", b"zTXt") and profile is None:
            profile = _profile(kind, stream.read(min(length, _MOST_TEXT)))
    return profile


def _profile(kind: bytes, chunk: bytes) -> bytes | None:
    """Return the EXIF block of a text chunk: a line with the profile's name, one with its length, then its digits."""
    keyword = next((name for name in (_RAW_PROFILE, _APP1_PROFILE) if chunk.startswith(name)), None)
    if keyword is None:
        return None
    text = chunk[len(keyword) :]
    try:
        if kind == b"zTXt":  # a byte for the method, of which there is one
            text = zlib.decompressobj().decompress(text[1:], _MOST_TEXT)
        return bytes.fromhex(b"".join(text.split()[2:]).decode("ascii"))
    except (zlib.error, ValueError):
        return None

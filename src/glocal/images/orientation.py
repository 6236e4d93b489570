"""EXIF orientation (CIPA DC-008, tag 0x0112): which way up a photo is."""

from __future__ import annotations

import struct
from typing import BinaryIO

from PIL import Image
from PIL.ImageFile import ImageFile

_TAG = 0x0112
_INTEGERS = {1: "B", 3: "H", 4: "I"}
_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation_of(image: Image.Image) -> int:
    """Return the orientation, 1 to 8, that must still be applied to `image`; 1 if none is known.

    TIFF and HEIC are turned by their decoders and have none here.
    """
    exif = image.info.get("exif")
    if isinstance(exif, bytes):
        return exif_orientation(exif)
    if not isinstance(image, ImageFile):  # made in memory: set through `Image.getexif`, if at all
        value = image.getexif().get(_TAG, 1)
        return value if value in _TURN else 1
    return 1


def turn_upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return `image` as it is meant to be seen."""
    return image.transpose(_TURN[orientation]) if orientation in _TURN else image


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return (width, height) of the upright image, without decoding it."""
    width, height = image.size
    return (height, width) if orientation_of(image) >= 5 else (width, height)


def exif_orientation(exif: bytes) -> int:
    """Find the orientation in an EXIF block, and nothing else: cameras and editors leave much junk in there.

    Returns:
        1 to 8; 1 when the tag is absent, out of range, or the block is damaged.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, directory)
        for entry in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(order + "HH", tiff, entry)
            if tag == _TAG and kind in _INTEGERS:
                (value,) = struct.unpack_from(order + _INTEGERS[kind], tiff, entry + 8)
                return value if value in _TURN else 1
    except struct.error:  # an offset points outside the block
        return 1
    return 1


def png_exif(stream: BinaryIO) -> bytes | None:
    """Return the EXIF block of a PNG from its eXIf chunk, which may stand before or behind the pixels."""
    stream.seek(8)
    while len(header := stream.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        if kind == b"eXIf":
            return stream.read(length)
        stream.seek(length + 4, 1)  # the chunk and its checksum
    return None

"""EXIF orientation (CIPA DC-008, tag 0x0112): which way up a photo is."""

from __future__ import annotations

import io
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile

from glocal.images.exif_directory import ExifDirectories
from glocal.images.structure import png_chunks

_TAG = 0x0112
_ORIENTATIONS = range(1, 9)


def orientation_of(image: Image.Image) -> int:
    """Return the orientation, 1 to 8, that must still be applied to `image`; 1 if none is known.

    TIFF and HEIC are turned by their decoders and have none here.
    """
    exif = image.info.get("exif")
    if isinstance(exif, bytes):
        return exif_orientation(exif)
    if not isinstance(image, ImageFile):  # made in memory: set through `Image.getexif`, if at all
        value = image.getexif().get(_TAG, 1)
        return value if value in _ORIENTATIONS else 1
    return 1


def upright_shape(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Return (height, width) of the upright picture of a stored one of (width, height) = `size`."""
    width, height = size
    return (width, height) if orientation >= 5 else (height, width)


def stored_view(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Return an upright picture [H, W, 3] as it is stored: what is written to the view arrives upright.

    The table of CIPA DC-008 says where row 0 and column 0 of the stored picture are in the upright one.
    """
    rows_from_bottom, columns_from_right = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    view = upright[:: -1 if rows_from_bottom else 1, :: -1 if columns_from_right else 1]
    return view.transpose(1, 0, 2) if orientation >= 5 else view


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return (width, height) of the upright image, without decoding it."""
    height, width = upright_shape(image.size, orientation_of(image))
    return width, height


def exif_orientation(exif: bytes) -> int:
    """Find the orientation in an EXIF block, and nothing else: cameras and editors leave much junk in there.

    Returns:
        1 to 8; 1 when the tag is absent, out of range, or the block is damaged.
    """
    value = ExifDirectories(io.BytesIO(exif.removeprefix(b"Exif\0\0"))).first().get(_TAG)
    orientation = value[0] if isinstance(value, tuple) and len(value) == 1 else 1
    return int(orientation) if orientation in _ORIENTATIONS else 1


def png_exif(stream: BinaryIO) -> bytes | None:
    """Return the EXIF block of a PNG from its eXIf chunk, which may stand before or behind the pixels."""
    return next((stream.read(length) for kind, length in png_chunks(stream) if kind == b"eXIf"), None)

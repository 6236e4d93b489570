"""Orientation (CIPA DC-008, tag 0x0112; in XMP tiff:Orientation): which way up a photo is."""

from __future__ import annotations

import io
import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile

from glocal.images.exif_directory import ExifDirectories

_TAG = 0x0112
_ORIENTATIONS = range(1, 9)
_XMP = re.compile(rb"""tiff:Orientation(?:\s*=\s*["']|>)\s*([1-8])\s*["'<]""")
_TURNED_BY_METADATA = frozenset({"JPEG", "MPO", "PNG", "WEBP"})
_UPRIGHT_BY_DECODER = frozenset({"JPEG XL", "JPEG 2000", "RAW"})
"""Their own headers say which way up they are; EXIF that contradicts is not heard (ISO/IEC 18181-2)."""


def orientation_of(image: Image.Image) -> int:
    """Return the orientation, 1 to 8, that must still be applied to `image`; 1 if none is known.

    TIFF and HEIC are turned by their decoders and have none here. Ask before the pixels are loaded: what a PNG says
    of itself behind them would be known only then.
    """
    if image.format in _UPRIGHT_BY_DECODER:
        return 1
    exif = image.info.get("exif")
    if isinstance(exif, bytes):
        tagged = exif_orientation(exif)
        return _xmp_orientation(image) if tagged is None else tagged
    if not isinstance(image, ImageFile):  # made in memory: set through `Image.getexif`, if at all
        value = image.getexif().get(_TAG, 1)
        return value if value in _ORIENTATIONS else 1
    return _xmp_orientation(image)


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


def exif_orientation(exif: bytes) -> int | None:
    """Find the orientation in an EXIF block, and nothing else: cameras and editors leave much junk in there.

    Returns:
        1 to 8; 1 when it is out of range, None when the tag is absent or the block is damaged.
    """
    value = ExifDirectories(io.BytesIO(exif.removeprefix(b"Exif\0\0"))).first().get(_TAG)
    if value is None:
        return None
    orientation = value[0] if isinstance(value, tuple) and len(value) == 1 else 1
    return int(orientation) if orientation in _ORIENTATIONS else 1


def _xmp_orientation(image: Image.Image) -> int:
    """Return what XMP says (ISO 16684-2, the properties of TIFF), where EXIF says nothing; else 1."""
    xmp = image.info.get("xmp")
    if not isinstance(xmp, bytes) or image.format not in _TURNED_BY_METADATA:
        return 1
    found = _XMP.search(xmp)
    return int(found[1]) if found else 1

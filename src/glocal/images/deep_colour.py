"""Colours of more than 8 bits in a file with few of them used: Pillow would keep the high byte, and show black."""

from __future__ import annotations

from typing import IO

import cv2
import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile

from glocal.images.pixels import Range

_DARK = 64
"""Where no high byte reaches this, a quarter of the range, the values may well be of 10, 12 or 14 bits."""


def deep_colour_file(image: Image.Image) -> IO[bytes] | None:
    """Return the file of an image whose pixels are not loaded yet, if it is a PNG or TIFF of colours in 16 bits."""
    if not isinstance(image, ImageFile) or image.mode == "I;16":
        return None
    return image.fp if any(";16" in str(tile[3]) for tile in image.tile) else None


def brightened(image: Image.Image, stream: IO[bytes]) -> Image.Image:
    """Return a loaded image; if it is dark, anew from its file, by what its values seem to be fractions of.

    Args:
        image: of colours in 16 bits, as Pillow loaded it.
        stream: its file.
    """
    if np.asarray(image.convert("RGB")).max() >= _DARK:
        return image
    stream.seek(0)
    values = cv2.imdecode(np.frombuffer(stream.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.ndim != 3:
        return image
    colours = values[:, :, 2::-1]  # OpenCV's order is blue, green, red
    made = Image.fromarray(Range.guessed(float(colours.max()), "16").to_bytes_by_rows(colours))
    if values.shape[2] == 4:
        made.putalpha(Image.fromarray((values[:, :, 3] // 256).astype(np.uint8)))
    made.info = image.info
    return made

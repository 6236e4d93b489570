"""Every kind of pixel → 8-bit RGB.

Embedded colour profiles are not applied: taking Display P3 (phones) for sRGB moves a photo's values by 1 to 7
of 255 on average, evenly over the photo, while converting 3 megapixels takes 90 ms, twice their decoding.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from glocal.images.exif_orientation import stored_view, upright_shape

_BAND_PIXELS = 1 << 18
"""Pixels converted at a time, so that intermediate values take little memory whatever the photo's size."""


def to_upright_rgb(image: Image.Image, orientation: int) -> NDArray[np.uint8]:
    """Return a loaded image of any mode as RGB [H, W, 3], turned upright.

    Transparent pixels are laid on white. 16-bit values keep their high byte. Whole numbers of 32 bits and
    floats are taken as fractions of a white that `_white` guesses. Beside the image this takes 3 bytes a pixel.

    Args:
        orientation: EXIF's, 1 to 8.

    Raises:
        ValueError: Pillow cannot convert this mode.
    """
    white = _white(image)
    upright = np.empty((*upright_shape(image.size, orientation), 3), np.uint8)
    target = stored_view(upright, orientation)
    for top, band in _bands(image):
        target[top : top + band.height] = np.asarray(_to_rgb(band, white))
    return upright


def _bands(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """Yield (first row, the image's rows from there on), which together are the whole image."""
    rows = max(1, _BAND_PIXELS // image.width)
    if rows >= image.height:
        yield 0, image
        return
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(image.height, top + rows)))


def _to_rgb(image: Image.Image, white: float) -> Image.Image:
    mode = image.mode
    if mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif mode in _WHITES:
        scaled = np.clip(_finite(image) / white, 0.0, 1.0)
        image = Image.fromarray(np.round(scaled * 255).astype(np.uint8))
    elif mode == "LAB":
        profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        image = ImageCms.buildTransform(*profiles, "LAB", "RGB").apply(image)
    elif image.has_transparency_data:
        image = _on_white(image.convert("LA") if mode == "La" else image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    rgba = image.convert("RGBA")
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white


_WHITES = {"I": (65535.0, 2.0**31 - 1), "F": (1.0, 255.0, 65535.0)}
"""Values that may stand for white in whole numbers of 32 bits, and in floats."""


def _white(image: Image.Image) -> float:
    """Guess the value of white.

    It is the first of `_WHITES` of which the largest value is less than twice, because highlights may
    overshoot; beyond the last of them, the largest value itself.
    """
    whites = _WHITES.get(image.mode)
    if whites is None:
        return 255.0
    peak = max(float(_finite(band).max()) for _, band in _bands(image))
    return next((white for white in whites if peak < 2 * white), peak)


def _finite(image: Image.Image) -> NDArray[np.float64]:
    return np.nan_to_num(np.asarray(image).astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)

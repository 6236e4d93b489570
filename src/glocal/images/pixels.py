"""Every kind of pixel → 8-bit RGB, with the colours that the file's profile means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import TiffImageFile

from glocal.images.colour import ToSrgb, srgb_conversion
from glocal.images.exif_orientation import stored_view, upright_shape
from glocal.images.transparency import WHITE, Colour, ground_of, laid_on

_BAND_PIXELS = 1 << 18
"""Pixels converted at a time, so that intermediate values take little memory whatever the photo's size."""

_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0  # TIFF 6.0, section 4


def to_upright_rgb(image: Image.Image, orientation: int) -> NDArray[np.uint8]:
    """Return a loaded image of any mode as RGB [H, W, 3], turned upright.

    Transparent pixels are laid on white, or on black where white would hide the picture. Values of 16 and 32 bits and
    floats are taken as fractions of a white that `Range.of` guesses. Beside the image this takes 3 bytes a pixel.

    Args:
        orientation: EXIF's, 1 to 8.

    Raises:
        ValueError: Pillow cannot convert this mode.
    """
    values, to_srgb = Range.of(image), srgb_conversion(image)
    ground = ground_of(band for _, band in _bands(image)) if image.has_transparency_data else WHITE
    upright = np.empty((*upright_shape(image.size, orientation), 3), np.uint8)
    target = stored_view(upright, orientation)
    for top, band in _bands(image):
        target[top : top + band.height] = np.asarray(_to_rgb(band, values, to_srgb, ground))
    return upright


def _bands(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """Yield (first row, the image's rows from there on), which together are the whole image."""
    rows = max(1, _BAND_PIXELS // image.width)
    if rows >= image.height:
        yield 0, image
        return
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(image.height, top + rows)))


def _to_rgb(image: Image.Image, values: Range | None, to_srgb: ToSrgb | None, ground: Colour) -> Image.Image:
    mode = image.mode
    if values is not None:
        image = Image.fromarray(values.to_bytes(finite(image)))
    elif mode == "LAB":
        profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        image = ImageCms.buildTransform(*profiles, "LAB", "RGB").apply(image)
    elif image.has_transparency_data:
        image = laid_on(image, ground)
    if to_srgb is not None:
        image = to_srgb(image)
    return image if image.mode == "RGB" else image.convert("RGB")


@dataclass(frozen=True)
class Range:
    """What values of more than 8 bits mean.

    Attributes:
        white: the value that is white.
        inverted: 0 is white instead, and `white` is black.
    """

    white: float
    inverted: bool = False

    @classmethod
    def of(cls, image: Image.Image) -> Range | None:
        """Guess the range of a loaded image; None if it has 8 bits."""
        if _kind(image) not in _WHITES:
            return None
        peak = max(float(finite(band).max()) for _, band in _bands(image))
        inverted = isinstance(image, TiffImageFile) and image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
        return replace(cls.guessed(peak, _kind(image)), inverted=inverted)

    @classmethod
    def guessed(cls, peak: float, kind: str) -> Range:
        """Guess the range from the largest value.

        Of 16 bits, white is the first of `_WHITES` that is not exceeded. Of others it is the first of which the largest
        value is less than twice, because highlights may overshoot; beyond the last, the largest value itself.

        Args:
            peak: the largest value.
            kind: "16", "I" or "U" (whole numbers of 32 bits, with and without a sign), or "F".
        """
        room = 1.0 if kind == "16" else 2.0
        return cls(next((white for white in _WHITES[kind] if peak <= white or peak < room * white), peak))

    def to_bytes(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Scale values to 0 to 255; those beyond are clipped."""
        scaled = np.clip(values / self.white, 0.0, 1.0)
        return np.round((1 - scaled if self.inverted else scaled) * 255).astype(np.uint8)

    def to_bytes_by_rows(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Scale values [H, ...] as `to_bytes` does, a row at a time: intermediate values are large."""
        scaled = np.empty(values.shape, np.uint8)
        for target, row in zip(scaled, values, strict=True):
            target[...] = self.to_bytes(finite(row))
        return scaled


_WHITES = {
    "16": (1023.0, 4095.0, 16383.0, 65535.0),
    "I": (65535.0, 2.0**31 - 1),
    "U": (65535.0, 2.0**32 - 1),
    "F": (1.0, 255.0, 65535.0),
}
"""Values that may stand for white: in 16 bits, of which cameras and microscopes fill 10, 12, 14 or all; in whole
numbers of 32 bits; and in floats."""


def _kind(image: Image.Image) -> str:
    return "16" if image.mode.startswith("I;16") else image.mode


def finite(values: Image.Image | NDArray[Any]) -> NDArray[np.float64]:
    """Return values as numbers, with 0 for those that are none."""
    return np.nan_to_num(np.asarray(values).astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)

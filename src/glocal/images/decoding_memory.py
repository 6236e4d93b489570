"""How much memory decoding takes by a photo's header, so that it is allowed, or refused before anything is decoded."""

from __future__ import annotations

from PIL import Image

from glocal.images.scientific_tiff import ScientificTiff

MOST_BYTES = 1 << 31
"""Photos whose decoder would take more are refused."""

SMALL, MOST_OF_SMALL = 65_000_000, 1 << 30
"""Pixels of photos that strangers may send, and the bytes that such a photo may take whatever its format."""

_OTHERS = 7.2
_BYTES_A_PIXEL = {
    "WEBP": 16.5,
    "GIF": 13.2,
    "HEIF": 10.7,
    "AVIF": 9.5,
    "JPEG XL": 23.0,
    "JPEG 2000": 28.5,
    "RAW": 32.0,
}
"""By Pillow's name of the format; of RAW a pixel is one of the developed photo, four of the sensor. As measured by
tests/images/test_memory.py, each at the kind of pixel that takes most; others are JPEG, PNG, TIFF, BMP and PNM."""


def bytes_allowed(image: Image.Image) -> int:
    """Return what decoding an opened photo may take, in bytes: for most its format's need, for small ones plenty."""
    return MOST_OF_SMALL if image.width * image.height <= SMALL else max(MOST_OF_SMALL, bytes_needed(image))


def bytes_needed(image: Image.Image) -> int:
    """Return what decoding an opened photo takes, in bytes."""
    return int(_bytes_a_pixel(image) * image.width * image.height)


def most_pixels(image: Image.Image) -> int:
    """Return how many pixels a photo of this format and kind of pixel may have."""
    return int(MOST_BYTES / _bytes_a_pixel(image))


def _bytes_a_pixel(image: Image.Image) -> float:
    if isinstance(image, ScientificTiff):
        return image.bytes_a_pixel
    return _BYTES_A_PIXEL.get(image.format or "", _OTHERS)

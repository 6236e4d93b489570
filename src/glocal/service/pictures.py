"""Pictures for the page: photos of any format as JPEG of a size, heat maps, overlays."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.drawing import draw_attention
from glocal.features import LocalGeometry
from glocal.images import encode, read_photo, shrink

SIZES = (320, 640, 1600)
"""Longest sides offered, in pixels: a few, so that caches are hit."""

_REMEMBERED = 512
"""Of 320-pixel thumbnails, some 10 MB."""


class Pictures:
    """Makes pictures, and remembers the small ones. Safe to use from several threads.

    Args:
        max_pixels: photos with more are refused.
    """

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._small = lru_cache(_REMEMBERED)(self._jpeg)

    def jpeg(self, path: Path, size: int) -> bytes:
        """Return the photo as JPEG, upright, its longest side at most `size` pixels.

        Raises:
            PhotoError: it cannot be read.
        """
        if size > SIZES[0]:
            return self._jpeg(path, size, 0)
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            changed = 0
        return self._small(path, size, changed)

    def pixels(self, path: Path, size: int) -> NDArray[np.uint8]:
        """Return the photo [H, W, 3] RGB, its longest side at most `size` pixels."""
        return shrink(read_photo(path, max_pixels=self._max_pixels, fit=size), size)

    def attention(self, path: Path, features: LocalGeometry, size: int) -> bytes:
        """Return the photo with its attention as a heat map, JPEG."""
        return encode(draw_attention(self.pixels(path, size), features, width=size), "jpg")

    def _jpeg(self, path: Path, size: int, _: int) -> bytes:
        return encode(self.pixels(path, size), "jpg")

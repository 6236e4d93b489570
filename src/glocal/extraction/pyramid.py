"""The image pyramid: one photo at several sizes, with the geometry back to the photo's pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.extraction.preset import Preset
from glocal.extraction.resizing import resizing_of

ENLARGED_SIDE = 320
"""Smaller photos are enlarged until their longest side has this many pixels. Copies of 14 photos made 80 pixels small
have a median of 0 inliers with the photo as they are, 60 enlarged to 256 pixels, 112 to 384; copies of 160 pixels 26 as
they are, 184 enlarged to 384. Photos of products with 348 pixels lose by it: mAP 78.8 as they are, 76.8 at 384."""


@dataclass(frozen=True, eq=False)
class Level:
    """One size of a photo.

    Attributes:
        picture: [h, w, 3] RGB from 0 to 255, uint8 or float32, the network's input.
        step: (x, y), pixels of the photo per pixel of `picture`.
        is_local, is_global: which of the network's outputs count at this size.
    """

    picture: NDArray[np.uint8] | FloatArray
    step: tuple[float, float]
    is_local: bool
    is_global: bool

    def to_photo(self, points: FloatArray) -> FloatArray:
        """Map points [N, 2] (x, y) of `picture` to pixels of the photo; pixel centres lie at integers."""
        step = np.array(self.step, np.float32)
        mapped: FloatArray = (points + np.float32(0.5)) * step - np.float32(0.5)
        return mapped


def base_side(side: int, preset: Preset) -> float:
    """Return the longest side of the pyramid's scale-1 picture of a photo, or of a region that is looked at by itself.

    Args:
        side: longest side of the photo or region in pixels.
    """
    return min(max(side, ENLARGED_SIDE), preset.max_side)


def base_side_inside(side: int, preset: Preset, whole_side: int) -> float:
    """Return the same for a region that is shrunk as it would have been inside its photo, and never enlarged.

    The limit is multiplied by side / whole_side (delg/extract_features.py of the TensorFlow DELG, and the crops of the
    revisited Oxford/Paris protocol).

    Args:
        side: longest side of the region in pixels.
        whole_side: longest side of the whole photo.
    """
    return min(side, preset.max_side * side / whole_side)


def pyramid(
    pixels: NDArray[np.uint8], size: tuple[int, int], preset: Preset, base: float, resize: str = "area"
) -> Iterator[Level]:
    """Yield the levels of a photo, smallest first.

    Args:
        pixels: [H, W, 3] uint8 RGB; may be decoded smaller than the photo, not smaller than the base picture.
        size: (width, height) of the photo (or region) in its own pixels.
        base: longest side of the scale-1 picture: see `base_side`.
        resize: a name that `resizing_of` knows.
    """
    for scale, picture, step in _pictures(pixels, size, base, preset.scales, resize):
        yield Level(picture, step, scale in preset.local_scales, scale in preset.global_scales)


def zoomed_pyramid(
    pixels: NDArray[np.uint8], size: tuple[int, int], preset: Preset, base: float, zoom: float, resize: str = "area"
) -> Iterator[Level]:
    """Yield the levels on which a photo's local features are seen from nearer or farther, smallest first.

    Args:
        pixels, size, resize: as in `pyramid`.
        base: longest side of the scale-1 picture of the photo as it is.
        zoom: factor on that: see `Preset.zoomed_scales`.
    """
    for _, picture, step in _pictures(pixels, size, base * zoom, preset.zoomed_scales(zoom), resize):
        yield Level(picture, step, is_local=True, is_global=False)


def _pictures(
    pixels: NDArray[np.uint8], size: tuple[int, int], base: float, scales: Sequence[float], resize: str
) -> Iterator[tuple[float, NDArray[np.uint8] | FloatArray, tuple[float, float]]]:
    """Yield scales with the photo's picture at each, and the pixels of the photo per pixel of it."""
    width, height = size
    factor = base / max(size)
    resizing = resizing_of(resize)
    picture_at_1 = resizing.base(pixels, width * factor, height * factor)
    for scale in scales:
        picture = resizing.level(picture_at_1, width * factor, height * factor, scale)
        yield scale, picture, (width / picture.shape[1], height / picture.shape[0])

"""Pictures made larger or smaller."""

from __future__ import annotations

import cv2
import numpy as np

from glocal.arrays import Pixels


def resize(pixels: Pixels, width: int, height: int, *, smooth: bool = False) -> Pixels:
    """Return a picture of another size; the same one if it has that size.

    Areas are averaged where it shrinks, so that fine structure does not turn into false structure; where it grows,
    pixels are interpolated, bilinearly as networks are used to.

    Args:
        pixels: [H, W, 3] RGB.
        width, height: of the result in pixels, at least 1.
        smooth: interpolate bicubically where it grows: better to look at.
    """
    if (width, height) == (pixels.shape[1], pixels.shape[0]):
        return pixels
    if width * height < pixels.shape[0] * pixels.shape[1]:
        how = cv2.INTER_AREA
    else:
        how = cv2.INTER_CUBIC if smooth else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=how), np.uint8)


def shrink(pixels: Pixels, side: int) -> Pixels:
    """Return a picture [H, W, 3] with its longest side at most `side` pixels; never enlarged."""
    height, width = pixels.shape[:2]
    factor = side / max(height, width)
    return pixels if factor >= 1 else resize(pixels, *scaled_size(width, height, factor))


def scaled_size(width: int, height: int, factor: float) -> tuple[int, int]:
    """Return (width, height) times a factor, rounded, at least 1 pixel each."""
    return max(1, round(width * factor)), max(1, round(height * factor))

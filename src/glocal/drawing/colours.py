"""Colours that look equally bright, and the few the drawings are made of."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]
"""(red, green, blue), 0 to 255."""

PAPER: Colour = (247, 246, 243)
INK: Colour = (32, 33, 36)
FAINT: Colour = (120, 121, 124)
TRACK: Colour = (224, 222, 216)
ACCENT: Colour = (255, 196, 0)


def hues(positions: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return colours of one lightness and chroma whose hue runs from red over green to violet.

    The space is OKLCH (Björn Ottosson, "A perceptual color space for image processing", 2020), where equal
    steps of hue look equal.

    Args:
        positions: [N], clipped to 0 to 1.

    Returns:
        [N, 3] uint8 RGB.
    """
    angle = np.radians(15.0 + 290.0 * np.clip(positions, 0.0, 1.0))
    lightness, chroma = 0.78, 0.15
    a, b = chroma * np.cos(angle), chroma * np.sin(angle)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.stack(
        [
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        ],
        axis=-1,
    ).clip(0.0, 1.0)
    # The transfer curve of sRGB (IEC 61966-2-1).
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(255.0 * curved).astype(np.uint8)


def glow(heat: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return heat [h, w] as colours [h, w, 3]: Inferno, whose lightness rises evenly from black, 0, to yellow, 1."""
    steps = np.round(255 * np.clip(heat, 0, 1)).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(steps, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB), np.uint8)

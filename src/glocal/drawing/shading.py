"""Shade what does not agree, so that the eye goes to what does."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_SHADE = 0.45
"""Brightness that is left of what does not agree."""


def shaded(picture: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a picture [H, W, 3] darker wherever a grid of equal cells over it [R, C] is false, with soft edges."""
    size = (picture.shape[1], picture.shape[0])
    light = cv2.resize(np.where(mask, 1.0, _SHADE).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.round(picture * light[..., None]), np.uint8)

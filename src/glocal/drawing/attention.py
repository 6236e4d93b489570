"""Where the network looks: attention as a heat map over the photo."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.drawing.colours import glow
from glocal.features import LocalGeometry
from glocal.images import resize, scaled_size

_CELL = 16.0
"""Width of a feature in pixels of the network's input: the stride of the local map."""


def draw_attention(photo: NDArray[np.uint8], features: LocalGeometry, *, width: int = 800) -> NDArray[np.uint8]:
    """Return the photo darkened where nothing was selected and glowing where attention is high.

    Each selected feature adds its attention as a bell as wide as its cell (16 input pixels at its scale).

    Args:
        photo: [H, W, 3] RGB, any size of the same picture.
        features: local features of the photo.
        width: greatest side of the drawing in pixels.

    Returns:
        [h, w, 3] RGB.
    """
    factor = width / max(photo.shape[:2])
    size = scaled_size(photo.shape[1], photo.shape[0], factor)
    picture = resize(photo, *size, smooth=True)
    heat = heat_map(features, size)
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    share = 0.75 * heat[:, :, None]
    return np.asarray(np.round((1 - share) * (0.35 * grey + 0.25 * picture) + share * glow(heat)), np.uint8)


def heat_map(features: LocalGeometry, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return [h, w] in [0, 1]: the sum of bells, one per feature, as a part of its 99th percentile.

    Args:
        features: N local features.
        size: (w, h) of the map.
    """
    factor = np.array(size) / features.image_size
    centres = features.keypoints * factor
    scales = features.scales[:, None].astype(np.float64)
    sigmas = 0.5 * _CELL * scales * factor
    across = np.exp(-0.5 * ((np.arange(size[0]) - centres[:, :1]) / sigmas[:, :1]) ** 2)
    down = np.exp(-0.5 * ((np.arange(size[1]) - centres[:, 1:]) / sigmas[:, 1:]) ** 2)
    # A bell of one height for all scales would let the coarse ones cover everything.
    heat = (down * (features.attention[:, None] / scales)).T @ across
    # One spot seen at many scales would otherwise leave all others dark.
    high = float(np.percentile(heat, 99))
    return np.minimum(heat / high, 1.0) ** 0.8 if high > 0 else heat

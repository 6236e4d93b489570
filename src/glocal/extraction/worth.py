"""Which cells of a local map are worth a feature: not those of plain ground, nor those at the border of the photo.

Where nothing is to be seen, a cell still sees what lies around it, through a receptive field many times its size, and
the padding of the network at the border. So cells of white paper, letterbox bars, sky or the empty part of a screenshot
match those of another picture by *place*, and unlike photos in the same frame seem to agree. Attention does not tell:
such cells find their place again, which is what it learned to look for.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.extraction.card import LocalMap

WINDOW = 64
"""Side in pixels of the square around a cell's centre that must show something: four cells of stride 16."""

MIN_TEXTURED = 0.5
"""Least part of the window that must have texture. With windows of 32 pixels the words of a screenshot pass."""

_GRAIN = 5
_MIN_SPREAD = 4.0
"""A pixel has texture if the grey levels of the 5 x 5 pixels around it have a greater standard deviation, of 255."""


def worth_keeping(picture: NDArray[np.uint8], shape: tuple[int, int], local: LocalMap) -> NDArray[np.bool_]:
    """Say which cells of a map are worth a feature.

    Args:
        picture: [H, W, 3] uint8 RGB, the network's input.
        shape: (rows, columns) of the map.
        local: where its cells lie.

    Returns:
        [rows, columns] bool: the centre is a stride or more from the picture's outermost pixels, and around it at
        least `MIN_TEXTURED` of `WINDOW` x `WINDOW` pixels, mirrored at the border, have texture.
    """
    height, width = picture.shape[:2]
    y, x = (local.offset + local.stride * np.arange(count) for count in shape)
    inside_y = (y >= local.stride) & (y <= height - 1 - local.stride)
    inside_x = (x >= local.stride) & (x <= width - 1 - local.stride)
    share = cv2.blur(_textured(picture), (WINDOW, WINDOW), borderType=cv2.BORDER_REFLECT_101)
    rows = np.clip(np.rint(y), 0, height - 1).astype(np.intp)
    columns = np.clip(np.rint(x), 0, width - 1).astype(np.intp)
    return np.asarray((share[np.ix_(rows, columns)] >= MIN_TEXTURED) & np.outer(inside_y, inside_x), np.bool_)


def _textured(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return [H, W], 1 where a pixel has texture and 0 elsewhere."""
    grey, size = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (_GRAIN, _GRAIN)
    mean = cv2.boxFilter(grey, cv2.CV_32F, size, borderType=cv2.BORDER_REFLECT_101)
    squares = cv2.sqrBoxFilter(grey, cv2.CV_32F, size, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(squares - mean * mean > _MIN_SPREAD**2, np.float32)

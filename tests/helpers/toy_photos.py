"""Small pictures with structure of their own, made from a seed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image


@cache
def picture(seed: int, width: int = 240, height: int = 180) -> NDArray[np.uint8]:
    """Return [height, width, 3]: discs and boxes over a coloured gradient, all different for each seed."""
    random = np.random.default_rng(seed)
    left, right = random.integers(0, 256, (2, 1, 3))
    ramp = np.linspace(0, 1, width)[None, :, None]
    pixels = np.ascontiguousarray(np.repeat((1 - ramp) * left + ramp * right, height, axis=0), np.uint8)
    for _ in range(60):
        x, y, size = random.integers(0, width), random.integers(0, height), random.integers(4, 24)
        colour = random.integers(0, 256, 3).tolist()
        if random.random() < 0.5:
            cv2.circle(pixels, (int(x), int(y)), int(size), colour, -1)
        else:
            cv2.rectangle(pixels, (int(x), int(y)), (int(x + size), int(y + size)), colour, -1)
    soft = cv2.GaussianBlur(pixels, (0, 0), 0.8).astype(np.uint8)
    soft.flags.writeable = False
    return soft


def save(path: Path, pixels: NDArray[np.uint8], **options: Any) -> Path:
    Image.fromarray(pixels).save(path, **{"compress_level": 1, **options})
    return path


def save_photo(path: Path, seed: int) -> Path:
    return save(path, picture(seed))

"""Grounds with texture, and words that mean nothing: the same at every call."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw

_DARK, _LIGHT = np.array([60, 35, 15]), np.array([190, 130, 80])


def grain(size: tuple[int, int]) -> Image.Image:
    """Return a ground of (width, height) like grained wood: noise of five sizes."""
    width, height = size
    random = np.random.default_rng(3)
    total = np.zeros((height, width), np.float32)
    for step in (2, 4, 8, 16, 32):
        noise = random.normal(size=(height // step + 2, width // step + 2)).astype(np.float32)
        total += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) * step**0.5
    share = (total - total.min()) / (total.max() - total.min())
    return Image.fromarray((_DARK + (_LIGHT - _DARK) * share[..., None]).astype(np.uint8))


def stripes(size: tuple[int, int]) -> Image.Image:
    """Return a ground of (width, height) with slanted stripes."""
    page = Image.new("RGB", size, (240, 220, 200))
    for y in range(0, size[1], 50):
        ImageDraw.Draw(page).line((0, y, size[0], y + 80), fill=(200, 120, 100), width=6)
    return page


def words(lines: int, count: int) -> list[str]:
    """Return lines of this many made-up words."""
    random = np.random.default_rng(5)
    letters = np.array(list("aeioulnrst"))
    return [
        " ".join("".join(random.choice(letters, random.integers(3, 10))) for _ in range(count)) for _ in range(lines)
    ]

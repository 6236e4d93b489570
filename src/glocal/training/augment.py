"""Random views of a photo: crop with aspect distortion, colour, blur, JPEG. Deterministic for a generator."""

from __future__ import annotations

import math

import cv2
import numpy as np

from glocal.training.data import Pixels
from glocal.training.recipe import Augmentation

ATTEMPTS = 10


def random_view(pixels: Pixels, side: int, settings: Augmentation, random: np.random.Generator) -> Pixels:
    """Return a random view [side, side, 3] of an RGB photo [H, W, 3]. The same generator state gives the same."""
    left, top, width, height = random_crop(pixels.shape[1], pixels.shape[0], settings, random)
    crop = pixels[top : top + height, left : left + width]
    shrinking = width > side and height > side
    how = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    view = np.asarray(cv2.resize(crop, (side, side), interpolation=how), np.uint8)
    if random.random() < settings.flip:
        view = np.ascontiguousarray(view[:, ::-1])
    view = _colour(view, settings.colour, random)
    if random.random() < settings.blur:
        view = np.asarray(cv2.GaussianBlur(view, (0, 0), random.uniform(0.3, 1.5)), np.uint8)
    if random.random() < settings.jpeg:
        view = _jpeg(view, int(random.integers(30, 90)))
    return np.ascontiguousarray(view, np.uint8)


def random_crop(
    width: int, height: int, settings: Augmentation, random: np.random.Generator
) -> tuple[int, int, int, int]:
    """Return (left, top, width, height) of a random part of a photo, in pixels.

    Its area is a share within `settings.area`, its aspect ratio within `settings.aspect` (Szegedy et al.,
    CVPR 2015, as in the DELG training code). After some failed attempts it is the whole photo.
    """
    low, high = settings.aspect
    for _ in range(ATTEMPTS):
        area = width * height * random.uniform(*settings.area)
        aspect = math.exp(random.uniform(math.log(low), math.log(high)))
        wide, tall = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < wide <= width and 0 < tall <= height:
            left, top = random.integers(0, width - wide + 1), random.integers(0, height - tall + 1)
            return int(left), int(top), wide, tall
    return 0, 0, width, height


def _colour(view: Pixels, strength: float, random: np.random.Generator) -> Pixels:
    """Change brightness, contrast, saturation and tint by factors within 1 ± strength (tint: a quarter)."""
    brightness, contrast, saturation = random.uniform(1 - strength, 1 + strength, 3)
    tint = random.uniform(1 - strength / 4, 1 + strength / 4, 3)
    colours = view.astype(np.float32) * (brightness * tint).astype(np.float32)
    grey = colours.mean(axis=2, keepdims=True)
    colours = grey + saturation * (colours - grey)
    middle = float(grey.mean())
    contrasted = middle + contrast * (colours - middle)
    return np.asarray(np.clip(contrasted, 0, 255), np.uint8)


def _jpeg(view: Pixels, quality: int) -> Pixels:
    """Return the view as it looks after JPEG compression."""
    encoded = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED), np.uint8)

"""Random views of a photo: crop, turn, perspective, colour, lighting, occlusion, blur, JPEG.

The same state of the generator gives the same view.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.arrays import Pixels
from glocal.training.recipe_parts import Augmentation

ATTEMPTS = 10

LIGHT = np.array([0.2175, 0.0188, 0.0045]) * np.array(
    [(-0.5675, 0.7192, 0.4009), (-0.5808, -0.0045, -0.8140), (-0.5836, -0.6948, 0.4203)]
)
"""How the light of ImageNet's photos varies, [3, 3]: rows are R, G, B in parts of 255, columns the principal components
times their eigenvalues, with the numbers that training code has shared since fb.resnet.torch (2016)."""

OCCLUSION = Augmentation(area=(0.02, 0.25), aspect=(0.5, 2.0))
"""What hides a part of a view: its share of the view's area, and its aspect ratio (random erasing, Zhong et al.,
AAAI 2020, has 0.02 to 0.4 and 0.3 to 3.3; here at least three quarters of a view stay to be seen)."""

PASTED = (0.4, 0.9)
"""Side of a pasted view, as a share of that of what it is laid on: from a sixth to four fifths of the area."""


def random_view(
    pixels: Pixels,
    side: int,
    settings: Augmentation,
    random: np.random.Generator,
    occluder: Callable[[], Pixels] | None = None,
    ground: Callable[[], Pixels] | None = None,
) -> Pixels:
    """Return a random view [side, side, 3] of an RGB photo [H, W, 3]. The same generator state gives the same.

    Args:
        pixels: the photo.
        side: of the view in pixels.
        settings: how strong each change is.
        random: decides everything.
        occluder: gives another photo, a patch of which may hide a part of the view; without, only colours do.
        ground: gives another photo, which the view may be pasted on; without, none is.
    """
    left, top, width, height = random_crop(pixels.shape[1], pixels.shape[0], settings, random)
    crop = pixels[top : top + height, left : left + width]
    shrinking = width > side and height > side
    how = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    view = np.asarray(cv2.resize(crop, (side, side), interpolation=how), np.uint8)
    if settings.turned and random.random() < settings.turned:
        settings = settings.model_copy(update={"rotation": 180.0})
    if settings.rotation or settings.perspective:
        view = _seen_from_elsewhere(view, settings, random)
    if random.random() < settings.flip:
        view = np.ascontiguousarray(view[:, ::-1])
    view = relit(view, settings, random)
    if settings.occlusion and random.random() < settings.occlusion:
        view = _occlude(view, random, occluder)
    if ground is not None and settings.pasted and random.random() < settings.pasted:
        view = pasted(view, ground(), random)
    return worsened(view, settings, random)


def relit(view: Pixels, settings: Augmentation, random: np.random.Generator) -> Pixels:
    """Return the view [H, W, 3] in other light: `colour` and `lighting` of the settings."""
    view = _colour(view, settings.colour, random)
    return _light(view, settings.lighting, random) if settings.lighting else view


def worsened(view: Pixels, settings: Augmentation, random: np.random.Generator) -> Pixels:
    """Return the view [H, W, 3] as a worse camera saves it: `blur` and `jpeg` of the settings."""
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


def random_quad(settings: Augmentation, random: np.random.Generator) -> NDArray[np.float32]:
    """Return the corners (x, y) [4, 2] of a turned and distorted square that lies within [-1, 1] x [-1, 1].

    Corners begin at (-1, -1) and go round. The square is turned by up to `rotation` degrees and shrunk until it
    fits, so a view never shows what lies outside the photo; then each coordinate of each corner moves inwards by
    up to half of `perspective`, which leaves the four corners convex.
    """
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float64)
    corners *= 1 - settings.perspective / 2 * random.random((4, 2))
    angle = math.radians(random.uniform(-settings.rotation, settings.rotation))
    cosine, sine = math.cos(angle), math.sin(angle)
    turned = corners @ np.array([(cosine, sine), (-sine, cosine)]) / (abs(cosine) + abs(sine))
    return np.asarray(turned, np.float32)


def _seen_from_elsewhere(view: Pixels, settings: Augmentation, random: np.random.Generator) -> Pixels:
    """Stretch a random quadrangle of the view over all of it: a homography, as a plane moves with the camera."""
    side = len(view)
    seen = (random_quad(settings, random) + 1) * ((side - 1) / 2)
    whole = np.array([(0, 0), (side - 1, 0), (side - 1, side - 1), (0, side - 1)], np.float32)
    transform = cv2.getPerspectiveTransform(seen.astype(np.float32), whole)
    warped = cv2.warpPerspective(view, transform, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def pasted(view: Pixels, ground: Pixels, random: np.random.Generator) -> Pixels:
    """Return the view [S, S, 3] shrunk, turned by any angle and laid somewhere on the middle of another photo.

    Different things on the same ground are what a copy detector learns to tell apart from overlays (SSCD: Pizzi
    et al., CVPR 2022; cut, paste and learn: Dwibedi et al., ICCV 2017).
    """
    side = len(view)
    height, width = ground.shape[:2]
    least = min(height, width)
    top, left = (height - least) // 2, (width - least) // 2
    under = cv2.resize(ground[top : top + least, left : left + least], (side, side), interpolation=cv2.INTER_AREA)
    angle, size = random.uniform(-180, 180), random.uniform(*PASTED)
    turn = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), angle, size)
    radians = math.radians(angle)
    room = max(0.0, 1 - size * (abs(math.cos(radians)) + abs(math.sin(radians)))) * side / 2
    turn[:, 2] = turn[:, 2] + random.uniform(-room, room, 2)
    laid = cv2.warpAffine(view, turn, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpAffine(np.full((side, side), 255, np.uint8), turn, (side, side), flags=cv2.INTER_NEAREST)
    return np.where(covered[:, :, None] > 0, laid, under).astype(np.uint8)


def _colour(view: Pixels, strength: float, random: np.random.Generator) -> Pixels:
    """Change brightness, contrast, saturation and tint by factors within 1 ± strength (tint: a quarter).

    All four are linear in the colours, so they are one 3 x 4 matrix for every pixel.
    """
    brightness, contrast, saturation = random.uniform(1 - strength, 1 + strength, 3)
    gains = brightness * random.uniform(1 - strength / 4, 1 + strength / 4, 3)
    if not strength:
        return view
    middle = float(gains @ np.array(cv2.mean(view)[:3])) / 3
    mixed = contrast * (saturation * np.eye(3) + (1 - saturation) / 3) * gains
    matrix = np.column_stack([mixed, np.full(3, (1 - contrast) * middle)])
    return np.asarray(cv2.transform(view, matrix), np.uint8)


def _light(view: Pixels, deviation: float, random: np.random.Generator) -> Pixels:
    """Add one colour to all pixels: the principal components, each times a normal number (Krizhevsky et al., 2012)."""
    shift = 255 * LIGHT @ random.normal(0, deviation, 3)
    return np.asarray(cv2.transform(view, np.column_stack([np.eye(3), shift])), np.uint8)


def _occlude(view: Pixels, random: np.random.Generator, occluder: Callable[[], Pixels] | None) -> Pixels:
    """Hide a rectangle behind a patch of another photo or, half the time, one colour."""
    side = len(view)
    plain = random.random() < 0.5
    left, top, width, height = random_crop(side, side, OCCLUSION, random)
    hidden = view.copy()
    if plain or occluder is None:
        hidden[top : top + height, left : left + width] = random.integers(0, 256, 3)
        return hidden
    other = occluder()
    wide, tall = min(width, other.shape[1]), min(height, other.shape[0])
    x, y = random.integers(0, other.shape[1] - wide + 1), random.integers(0, other.shape[0] - tall + 1)
    patch = other[y : y + tall, x : x + wide]
    hidden[top : top + height, left : left + width] = cv2.resize(patch, (width, height))
    return hidden


def _jpeg(view: Pixels, quality: int) -> Pixels:
    """Return the view as it looks after JPEG compression."""
    encoded = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED), np.uint8)

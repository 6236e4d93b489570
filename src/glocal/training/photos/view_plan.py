"""What a batch of random views shows, decided all at once: the numbers behind `batched_views`.

Places in a view are (x, y) in [-1, 1] x [-1, 1], its edges at ±1, as `torch.nn.functional.grid_sample` has them without
aligned corners; places in a photo are in pixels, the left edge of the first one at 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.training.photos.augment import ATTEMPTS, LIGHT, OCCLUSION, PASTED
from glocal.training.recipe_parts import Augmentation

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CORNERS = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float64)


@dataclass(frozen=True, eq=False)
class ViewPlan:
    """How each of B views is made of its photo, in this order.

    Attributes:
        seen: [B, 3, 3], from places in the view to places in its photo.
        mixing: [B, 3, 3], what colours are multiplied by.
        contrast: [B], by which they keep away from the view's mean, weighed by `gains`.
        gains: [B, 3], of the channels.
        shift: [B, 3], what is added to colours, in parts of 255.
        occluded: [B], whether something hides a part.
        plain: [B], whether that is one colour rather than a patch of another photo.
        hidden: [B, 4], left, top, right and bottom of that part, places in the view.
        colour: [B, 3], the one colour, 0 to 255.
        corner: [B, 2], where in the other photo the patch begins, as a share of the room there is.
        pasted: [B], whether the view is laid on another photo.
        laid: [B, 3, 3], from places in the result to places in the view that is laid there.
        blur: [B], standard deviation in pixels; 0 for none.
    """

    seen: Floats
    mixing: Floats
    contrast: Floats
    gains: Floats
    shift: Floats
    occluded: Flags
    plain: Flags
    hidden: Floats
    colour: Floats
    corner: Floats
    pasted: Flags
    laid: Floats
    blur: Floats


def plan_views(widths: Floats, heights: Floats, settings: Augmentation, random: np.random.Generator) -> ViewPlan:
    """Return how to make a random view of each of B photos.

    Args:
        widths: of the photos, [B] pixels.
        heights: likewise.
        settings: how strong each change is; `jpeg` has no part in it.
        random: decides everything.
    """
    count = len(widths)
    boxes = random_crops(widths, heights, settings, random)
    quads = random_quads(settings, random, count)
    seen = box_transforms(boxes) @ homographies(quads)
    seen[random.random(count) < settings.flip, :, 0] *= -1
    brightness, contrast, saturation = 1 + settings.colour * random.uniform(-1, 1, (3, count))
    gains = brightness[:, None] * (1 + settings.colour / 4 * random.uniform(-1, 1, (count, 3)))
    grey = (1 - saturation)[:, None, None] / 3
    mixing = contrast[:, None, None] * (saturation[:, None, None] * np.eye(3) + grey) * gains[:, None, :]
    ones = np.ones(count)
    left, top, width, height = random_crops(2 * ones, 2 * ones, OCCLUSION, random).T
    blurred = random.random(count) < settings.blur
    return ViewPlan(
        seen=seen,
        mixing=mixing,
        contrast=contrast,
        gains=gains,
        shift=255 * random.normal(0, settings.lighting, (count, 3)) @ LIGHT.T,
        occluded=random.random(count) < settings.occlusion,
        plain=random.random(count) < 0.5,
        hidden=np.stack([left, top, left + width, top + height], axis=1) - 1,
        colour=random.integers(0, 256, (count, 3)).astype(np.float64),
        corner=random.random((count, 2)),
        pasted=random.random(count) < settings.pasted,
        laid=_laid(random, count),
        blur=blurred * random.uniform(0.3, 1.5, count),
    )


def random_crops(widths: Floats, heights: Floats, settings: Augmentation, random: np.random.Generator) -> Floats:
    """Return (left, top, width, height) [B, 4] of random parts of areas of these sizes [B], as `random_crop` does."""
    count = len(widths)
    low, high = settings.aspect
    area = (widths * heights)[:, None] * random.uniform(*settings.area, (count, ATTEMPTS))
    aspect = np.exp(random.uniform(math.log(low), math.log(high), (count, ATTEMPTS)))
    wide, tall = np.sqrt(area * aspect), np.sqrt(area / aspect)
    fits = (wide <= widths[:, None]) & (tall <= heights[:, None])
    each, first = np.arange(count), fits.argmax(axis=1)
    some = fits.any(axis=1)
    width = np.where(some, wide[each, first], widths)
    height = np.where(some, tall[each, first], heights)
    left, top = random.random((2, count)) * (widths - width, heights - height)
    return np.stack([left, top, width, height], axis=1)


def random_quads(settings: Augmentation, random: np.random.Generator, count: int) -> Floats:
    """Return corners [B, 4, 2] of turned and distorted squares within a view, as `random_quad` does."""
    corners = CORNERS * (1 - settings.perspective / 2 * random.random((count, 4, 2)))
    turned = random.random(count) < settings.turned
    most = np.where(turned, 180.0, settings.rotation)
    angle = np.radians(most * random.uniform(-1, 1, count))
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.stack([np.stack([cosine, sine], axis=1), np.stack([-sine, cosine], axis=1)], axis=1)
    shrunk: Floats = corners @ turn / (np.abs(cosine) + np.abs(sine))[:, None, None]
    return shrunk


def homographies(quads: Floats) -> Floats:
    """Return the homographies [B, 3, 3] from the square `CORNERS` to quadrangles [B, 4, 2], their last number 1.

    Two equations a corner, eight unknowns: the direct linear transform (Hartley & Zisserman 2004, section 4.1).
    """
    count = len(quads)
    x, y = (np.broadcast_to(one, (count, 4)) for one in CORNERS.T)
    zero, one = np.zeros((count, 4)), np.ones((count, 4))
    across = np.stack([x, y, one, zero, zero, zero, -x * quads[:, :, 0], -y * quads[:, :, 0]], axis=2)
    down = np.stack([zero, zero, zero, x, y, one, -x * quads[:, :, 1], -y * quads[:, :, 1]], axis=2)
    known = np.concatenate([quads[:, :, 0], quads[:, :, 1]], axis=1)[:, :, None]
    solved = np.linalg.solve(np.concatenate([across, down], axis=1), known)[:, :, 0]
    return np.concatenate([solved, np.ones((count, 1))], axis=1).reshape(count, 3, 3)


def box_transforms(boxes: Floats) -> Floats:
    """Return the transforms [B, 3, 3] from places in a view to places in boxes (left, top, width, height) [B, 4]."""
    transforms = np.zeros((len(boxes), 3, 3))
    transforms[:, [0, 1], [0, 1]] = boxes[:, 2:] / 2
    transforms[:, :2, 2] = boxes[:, :2] + boxes[:, 2:] / 2
    transforms[:, 2, 2] = 1
    return transforms


def _laid(random: np.random.Generator, count: int) -> Floats:
    """Return transforms [B, 3, 3] from places on a ground to places in a view that is shrunk, turned and laid on it."""
    angle, size = random.uniform(-math.pi, math.pi, count), random.uniform(*PASTED, count)
    cosine, sine = np.cos(angle), np.sin(angle)
    room = np.maximum(0.0, 1 - size * (np.abs(cosine) + np.abs(sine)))
    x, y = random.uniform(-1, 1, (2, count)) * room
    back = np.zeros((count, 3, 3))
    back[:, 0] = np.stack([cosine, sine, -cosine * x - sine * y], axis=1) / size[:, None]
    back[:, 1] = np.stack([-sine, cosine, sine * x - cosine * y], axis=1) / size[:, None]
    back[:, 2, 2] = 1
    return back

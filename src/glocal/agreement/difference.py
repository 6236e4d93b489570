"""What differs between two copies of one picture: how one is cropped, turned, scaled, toned and written on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.agreement.canvas import canvas_over, sample
from glocal.agreement.changes import toned
from glocal.agreement.picture import Picture, Transform, mean_scale, stretch_of
from glocal.agreement.refining import refined
from glocal.arrays import FloatArray, Mask

_SIDE = 384
"""Longest side in pixels of the canvas they are compared on."""

_WRITTEN = 30.0
"""Grey levels by which a pixel differs that was written on: JPEG of quality 8, or a picture of 80 pixels, make less."""

_BORDER = 9
"""Pixels of the canvas along its border that are not compared."""

_RIM = 7
"""Pixels around what both show that belong to neither: a pixel of the canvas is some pixels of a picture."""

_PLAIN = 12.0
"""Greatest standard deviation, in grey levels, of what a frame or a letterbox adds."""


@dataclass(frozen=True, eq=False)
class PictureDifference:
    """How the second of two copies differs from the first.

    Attributes:
        scale: pixels of the second photo per pixel of the first, of what both show.
        turned: degrees, clockwise, in (-180, 180], after mirroring.
        mirrored: it is mirrored.
        stretch: how many times more it was scaled in one direction than across it, 1 or more.
        first_share, second_share: how much of each lies within the other, 0 to 1.
        first_framed, second_framed: what it has beyond the other is plain: a frame.
        brighter: by how many grey levels of 255 the second is brighter in the mean.
        contrast: spread of its grey levels, as a part of the first's.
        first_colours, second_colours: it is in colour.
        colours: median distance of colours in the a-b plane of CIE L*a*b*.
        written: part of what both show that differs though tones are brought to each other: a mark, a caption, 0 to 1.
    """

    scale: float
    turned: float
    mirrored: bool
    stretch: float
    first_share: float
    second_share: float
    first_framed: bool
    second_framed: bool
    brighter: float
    contrast: float
    first_colours: bool
    second_colours: bool
    colours: float
    written: float


def difference_of(a: Picture, b: Picture, transform: Transform) -> PictureDifference | None:
    """Return what differs between two copies.

    Args:
        a, b: the photos.
        transform: [3, 3] affine, pixels of photo a to pixels of photo b, right to some percent: it is refined.

    Returns:
        The difference; None if they cannot be laid over each other.
    """
    rough = canvas_over(a, b, transform, _SIDE)
    canvas = None if rough is None else refined(rough, a, b)
    if canvas is None:
        return None
    on_a, seen_a = sample(a.grey, canvas.to_a, canvas.size)
    on_b, seen_b = sample(b.grey, canvas.to_b, canvas.size)
    colour_a, _ = sample(a.colour, canvas.to_a, canvas.size)
    colour_b, _ = sample(b.colour, canvas.to_b, canvas.size)
    inside = cv2.erode((seen_a & seen_b).astype(np.uint8), np.ones((_BORDER, _BORDER), np.uint8)) > 0
    if not inside.any():
        return None
    linear = np.linalg.inv(b.to_pixels) @ canvas.to_b @ np.linalg.inv(canvas.to_a) @ a.to_pixels
    scale, turned, mirrored = _shape(linear)
    first, second = (_outside(one, to_one, seen_a & seen_b) for one, to_one in ((a, canvas.to_a), (b, canvas.to_b)))
    return PictureDifference(
        scale=scale,
        turned=turned,
        mirrored=mirrored,
        stretch=stretch_of(linear),
        first_share=1 - float(first.mean()),
        second_share=1 - float(second.mean()),
        first_framed=_is_plain(a, first),
        second_framed=_is_plain(b, second),
        brighter=float((on_b - on_a)[inside].mean()),
        contrast=float(on_b[inside].std() / max(float(on_a[inside].std()), 1.0)),
        first_colours=a.has_colours,
        second_colours=b.has_colours,
        colours=float(np.median(np.linalg.norm((colour_a - colour_b)[inside], axis=1))),
        written=_written(on_a, on_b, inside),
    )


def _shape(linear: NDArray[np.float64]) -> tuple[float, float, bool]:
    """Return scale, turn and mirroring of a map."""
    part = linear[:2, :2]
    mirrored = bool(np.linalg.det(part) < 0)
    if mirrored:
        part = part @ np.diag([-1.0, 1.0])
    turned = float(np.degrees(np.arctan2(part[1, 0] - part[0, 1], part[0, 0] + part[1, 1])))
    return mean_scale(part), turned, mirrored


def _outside(picture: Picture, to_picture: Transform, seen: Mask) -> Mask:
    """Return which pixels of a picture [h, w] lie beyond what both show.

    Args:
        picture: the picture.
        to_picture: pixels of the canvas to its pixels.
        seen: pixels of the canvas that both show.
    """
    height, width = picture.grey.shape
    inside = cv2.warpAffine(seen.astype(np.uint8), to_picture[:2], (width, height), flags=cv2.INTER_NEAREST)
    near = cv2.dilate(inside, np.ones((_RIM, _RIM), np.uint8))
    return np.asarray(near == 0)


def _is_plain(picture: Picture, outside: Mask) -> bool:
    return bool(outside.any() and picture.grey[outside].std() < _PLAIN)


def _written(a: FloatArray, b: FloatArray, inside: Mask) -> float:
    """Return the part of the canvas that differs as it is, and with the tones of each given to the other."""
    soft_a, soft_b = (np.asarray(cv2.GaussianBlur(one, (0, 0), 1.5), np.float32) for one in (a, b))
    differences = (soft_a - soft_b, toned(soft_b, soft_a, inside) - soft_a, toned(soft_a, soft_b, inside) - soft_b)
    least = np.min(np.abs(np.stack(differences)), axis=0)
    return float((least[inside] > _WRITTEN).mean())

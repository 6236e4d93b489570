"""The proof that two photos show the same thing: side by side, with lines between what agrees."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.arrays import DoubleArray, Pixels
from glocal.drawing.colours import ACCENT, FAINT, PAPER, Colour, hues
from glocal.drawing.drawn_match import DrawnMatch
from glocal.drawing.shading import shaded
from glocal.drawing.text import write
from glocal.features import Region
from glocal.images import resize

_GAP = 16
_BAR = 44
_MOST_LINES = 90
"""Lines drawn between the photos; of more inliers the rest appear as dots, for lines would hide the photos."""

_OUTLINED = 480
"""Longest side in pixels of a query with the outline of a part: lines are two pixels wide."""

_FRACTION_BITS = 4


@dataclass(frozen=True)
class Caption:
    """Words under an overlay: the names of the photos, and what was found."""

    query: str = ""
    photo: str = ""
    found: str = ""


def draw_match(
    query: Pixels,
    photo: Pixels,
    found: DrawnMatch,
    *,
    region: Region | None = None,
    caption: Caption | None = None,
    width: int = 1600,
) -> Pixels:
    """Draw the query beside a photo, the inliers between them and the region's outline on both.

    What does not agree by its pixels is darker, if they were compared.

    Lines are coloured by the height at which they start, so that they can be followed by eye.

    Args:
        query: [H, W, 3] RGB; any size of the same picture.
        photo: [H', W', 3] RGB, likewise.
        found: where both agree.
        region: the part of the query, in pixels of the upright photo, that is outlined and projected; None: all.
        caption: words below; None: no bar.
        width: greatest width of the drawing in pixels.

    Returns:
        [h, w, 3] RGB, w <= width.
    """
    height = _common_height(query, photo, width)
    left, right = _scaled(query, height), _scaled(photo, height)
    to_left, to_right = _scaling(found.query_size, left), _scaling(found.photo_size, right)
    if found.area is not None:
        left, right = shaded(left, found.area.query_mask), shaded(right, found.area.photo_mask)
    if found.transform is not None:
        corners = _corners(region or (0, 0, *found.query_size))
        if region is not None:
            _outline(left, corners * to_left)
        for transform in (found.transform, *found.further):
            _outline(right, _project(transform, corners) * to_right)
    canvas = np.full((height, left.shape[1] + _GAP + right.shape[1], 3), PAPER, np.uint8)
    canvas[:, : left.shape[1]] = left
    canvas[:, left.shape[1] + _GAP :] = right
    starts = found.inliers[:, :2] * to_left
    ends = found.inliers[:, 2:] * to_right + [left.shape[1] + _GAP, 0]
    canvas = _lines(canvas, starts, ends, hues(starts[:, 1] / height))
    return canvas if caption is None else _captioned(canvas, caption, left.shape[1] + _GAP)


def outlined(query: Pixels, query_size: tuple[int, int], region: Region | None) -> Pixels:
    """Return a query, small, with the outline of the part that was searched; all of it as it is if all was.

    Args:
        query: [H, W, 3] RGB; any size of the photo.
        query_size: (width, height) of the upright photo in pixels.
        region: in pixels of the upright photo.
    """
    if region is None:
        return query
    small = _scaled(query, max(1, round(query.shape[0] * min(1.0, _OUTLINED / max(query.shape)))))
    _outline(small, _corners(region) * _scaling(query_size, small))
    return small


def _common_height(query: Pixels, photo: Pixels, width: int) -> int:
    """Return the height at which both fit `width` side by side, at most 1.5 times the larger photo's."""
    aspects = query.shape[1] / query.shape[0] + photo.shape[1] / photo.shape[0]
    return max(1, int(min((width - _GAP - 2) / aspects, 1.5 * max(query.shape[0], photo.shape[0]), 0.5 * width)))


def _scaled(picture: Pixels, height: int) -> Pixels:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return resize(picture, width, height, smooth=True).copy()  # to be drawn on


def _scaling(image_size: tuple[int, int], drawn: Pixels) -> DoubleArray:
    """Return the factors [2] from pixels of the photo to pixels of the drawing."""
    return np.array([drawn.shape[1] / image_size[0], drawn.shape[0] / image_size[1]])


def _corners(region: Region) -> DoubleArray:
    """Return the corners [4, 2] of a region, clockwise."""
    x, y, width, height = region
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float64) - 0.5


def _project(transform: NDArray[np.float64], points: DoubleArray) -> DoubleArray:
    """Return the points [N, 2] as mapped by a projective transform [3, 3]."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ transform.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:])


def _outline(picture: Pixels, corners: DoubleArray) -> None:
    """Draw a closed polygon onto `picture`, bright on a dark seam; what lies outside is cut off."""
    polygon = [_fixed_point(corners)]
    for colour, thickness in (((0, 0, 0), 5), (ACCENT, 2)):
        cv2.polylines(picture, polygon, True, colour, thickness, cv2.LINE_AA, _FRACTION_BITS)


def _fixed_point(points: DoubleArray) -> NDArray[np.int32]:
    """Return points as OpenCV takes parts of pixels: integers in units of 1/16, kept in range."""
    return np.asarray(np.round(np.clip(points, -50_000, 50_000) * 2**_FRACTION_BITS), np.int32)


def _lines(canvas: Pixels, starts: DoubleArray, ends: DoubleArray, colours: NDArray[np.uint8]) -> Pixels:
    """Return the canvas with lines and, over them, dots at their ends."""
    firsts, lasts = _fixed_point(starts), _fixed_point(ends)
    shown = _spread(starts, _MOST_LINES)
    layer = canvas.copy()
    for i in shown:
        cv2.line(layer, firsts[i].tolist(), lasts[i].tolist(), (0, 0, 0), 3, cv2.LINE_AA, _FRACTION_BITS)
    result = np.asarray(cv2.addWeighted(layer, 0.35, canvas, 0.65, 0), np.uint8)
    for i in shown:
        colour = colours[i].tolist()
        cv2.line(result, firsts[i].tolist(), lasts[i].tolist(), colour, 1, cv2.LINE_AA, _FRACTION_BITS)
    for point, colour in zip(np.vstack([firsts, lasts]), np.vstack([colours, colours]), strict=True):
        _dot(result, point, tuple(colour.tolist()))
    return result


def _dot(canvas: Pixels, point: NDArray[np.int32], colour: Colour) -> None:
    unit = 2**_FRACTION_BITS
    cv2.circle(canvas, point.tolist(), 4 * unit, (20, 20, 20), -1, cv2.LINE_AA, _FRACTION_BITS)
    cv2.circle(canvas, point.tolist(), 3 * unit, colour, -1, cv2.LINE_AA, _FRACTION_BITS)


def _spread(points: DoubleArray, most: int) -> NDArray[np.intp]:
    """Return the rows of `most` points that lie evenly over the picture: each farthest from those before."""
    if len(points) <= most:
        return np.arange(len(points))
    rows = [0]
    distances = np.full(len(points), np.inf)
    while len(rows) < most:
        distances = np.minimum(distances, np.square(points - points[rows[-1]]).sum(axis=1))
        rows.append(int(distances.argmax()))
    return np.sort(rows)


def _captioned(canvas: Pixels, caption: Caption, middle: int) -> Pixels:
    """Return the canvas with a bar of words below; `middle` is where the right photo begins."""
    bar = np.full((_BAR, canvas.shape[1], 3), PAPER, np.uint8)
    right = canvas.shape[1] - middle
    half = right // 2 if caption.found else right
    bar = write(bar, caption.query, (2, _BAR // 2), colour=FAINT, width=middle - _GAP - 4)
    bar = write(bar, caption.photo, (middle + 2, _BAR // 2), width=half - 12)
    bar = write(bar, caption.found, (canvas.shape[1] - 2, _BAR // 2), align="right", width=right - half - 4)
    return np.vstack([canvas, bar])

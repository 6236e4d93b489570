"""What was replaced in a picture: another number on a score board, another line of an invoice, a thing added.

Copies are marked too: captions, watermarks and dates are written over them. Such a mark makes pixels brighter, or
makes them darker, in thin strokes. What replaces other content does both close together, or covers an area; bars
along the border, with whatever is written in them, are captions.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray

_WINDOW = 13
"""Side of the window in which pixels of both signs are counted, in pixels of a canvas of 384: a digit on a score
board is as large."""

_MIN_BOTH = 0.02
"""Least share of the window that is brighter, and that is darker, where something was replaced. Of 181 copies of 12
photos (cut, saved again, marked, captioned, toned, ...) 180 stay at 0; of 15 pairs with a replaced part 14 reach
0.036."""

_MIN_REPLACED = 0.045
"""The same where pictures are compared at full size, and only where both have as much structure. Of 145 copies of five
photos and three invoices (as above, and tilted, posterised, with noise, at quality 8) the most has 0.02; of 40 pairs of
invoices of one form, with letters of a fortieth to a hundredth of the page, the least has 0.11."""

_AS_MUCH = 0.6
"""Least ratio of the ranges of pictures that have as much structure: saving wipes grass and grain out of a copy."""

_AREA = 29
"""Side of the window that a thing added must fill, in pixels of the canvas."""

_MIN_FILLED = 0.7
"""Least share of that window. The same copies stay below 0.5, once parts that reach the border are left out."""

_BAR = 0.6
"""Least share of the pixels of a row or column that differ, where it belongs to a bar along the border."""

_OF_RANGE = 0.5
"""A pixel differs if it does by this part of the range of the window: sharpening and blur move an edge by less."""

_LEAST_STEP = 20.0
"""... and by this much, where the spread of the picture is `_SPREAD`: JPEG artefacts stay below."""

_SPREAD = 40.0

_TONES = 24

_MOST_PIXELS = 200_000
"""Of larger pictures, tones are learned from some."""

_LEAST_PIXELS = 20
"""A tone that fewer pixels have is taken for what its neighbours in brightness become."""

_BORDER = 5

_SHADED_SIDE = 384


def shows_changes(a: FloatArray, b: FloatArray, seen: NDArray[np.bool_]) -> bool:
    """Say whether a part of one picture was replaced in the other.

    Args:
        a, b: [h, w] grey levels of aligned copies that may be toned differently.
        seen: [h, w], where both are to be seen.
    """
    inside = _well_inside(seen)
    if not inside.any():
        return False
    brighter, darker = _differing(*_made_alike(a, b, inside), inside)
    within = ~_bars((brighter | darker) | ~inside)
    filled = _share(_inner_parts((brighter | darker) & within, inside), _AREA)
    return _most_of_both(brighter & within, darker & within) >= _MIN_BOTH or bool(filled.max() >= _MIN_FILLED)


def shows_replaced_print(a: FloatArray, b: FloatArray, seen: NDArray[np.bool_]) -> bool:
    """Say whether small print was replaced: where both pictures have structure, and not the same.

    Args:
        a, b: [h, w] grey levels of aligned copies, as large as both photos allow.
        seen: [h, w], where both are to be seen.
    """
    inside = _well_inside(seen)
    if not inside.any():
        return False
    one, other = _made_alike(a, b, inside)
    brighter, darker = _differing(one, other, inside)
    ranges = _range(one), _range(other)
    as_much = np.minimum(*ranges) >= _AS_MUCH * np.maximum(*ranges)
    within = as_much & ~_bars((brighter | darker) | ~inside)
    return _most_of_both(brighter & within, darker & within) >= _MIN_REPLACED


def _well_inside(seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(cv2.erode(seen.astype(np.uint8), np.ones((_BORDER, _BORDER), np.uint8)) > 0)


def _made_alike(a: FloatArray, b: FloatArray, inside: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Return both pictures a little softened, with the tones and contrast of the one with more contrast."""
    soft_a, soft_b = (np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.float32) for picture in (a, b))
    if soft_a[inside].std() < soft_b[inside].std():
        soft_a, soft_b = soft_b, soft_a
    factor = np.float32(_SPREAD / max(float(soft_a[inside].std()), 8.0))
    return factor * soft_a, factor * toned(soft_b, soft_a, inside)


def _differing(
    one: FloatArray, other: FloatArray, inside: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where the second of two pictures that were made alike is clearly brighter, and where darker."""
    difference = other - one
    difference -= _shading(difference, inside)
    step = np.maximum(_LEAST_STEP, _OF_RANGE * np.maximum(_range(one), _range(other)))
    return (difference > step) & inside, (difference < -step) & inside


def _most_of_both(brighter: NDArray[np.bool_], darker: NDArray[np.bool_]) -> float:
    """Return the greatest share of a window that is brighter and that is darker."""
    return float(np.minimum(_share(brighter, _WINDOW), _share(darker, _WINDOW)).max())


def _bars(differing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the rows and columns from the border inwards that differ nearly all along."""
    bars = np.zeros(differing.shape, np.bool_)
    for axis in (0, 1):
        same = np.flatnonzero(differing.mean(axis=1 - axis) < _BAR)
        first, last = (int(same[0]), int(same[-1])) if len(same) else (differing.shape[axis], 0)
        lines = np.moveaxis(bars, axis, 0)
        lines[:first], lines[last + 1 :] = True, True
    return bars


def _inner_parts(differing: NDArray[np.bool_], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the connected parts that do not reach the border: there are vignettes, frames and stickers."""
    _, parts = cv2.connectedComponents(differing.astype(np.uint8))
    border = inside & ~(cv2.erode(inside.astype(np.uint8), np.ones((_BORDER, _BORDER), np.uint8), borderValue=0) > 0)
    return differing & ~np.isin(parts, parts[border])


def toned(picture: FloatArray, like: FloatArray, inside: NDArray[np.bool_]) -> FloatArray:
    """Return a picture with the tones of another: each of its tones becomes the median of what the other has there."""
    step = max(1, np.count_nonzero(inside) // _MOST_PIXELS)
    values, targets = picture[inside][::step], like[inside][::step]
    evenly = np.linspace(float(values.min()), float(values.max()), _TONES + 1)  # finds tones of few pixels: white words
    edges = np.unique([*evenly, *np.quantile(values, np.linspace(0, 1, _TONES + 1))])[:-1]
    order = np.argsort(values, kind="stable")
    starts = np.searchsorted(values[order], edges)
    bands = [band for band in np.split(order, starts[1:]) if len(band) >= _LEAST_PIXELS]
    tones = [float(values[band].mean()) for band in bands]
    medians = [float(np.median(targets[band])) for band in bands]
    return np.interp(picture, tones, medians).astype(np.float32) if bands else like


def _shading(difference: FloatArray, inside: NDArray[np.bool_]) -> FloatArray:
    """Return the part of a difference that changes slowly over the picture: light, vignettes."""
    smaller = max(1.0, max(difference.shape) / _SHADED_SIDE)  # else the wide blur takes seconds
    size = round(difference.shape[1] / smaller), round(difference.shape[0] / smaller)
    weight = inside.astype(np.float32)
    clipped = np.clip(difference, -_SPREAD, _SPREAD) * weight
    sums, total = (
        cv2.GaussianBlur(cv2.resize(one, size, interpolation=cv2.INTER_AREA), (0, 0), max(size) / 6)
        for one in (clipped, weight)
    )
    return np.asarray(cv2.resize(sums / np.maximum(total, 1e-3), difference.shape[::-1]), np.float32)


def _range(picture: FloatArray) -> FloatArray:
    window = np.ones((_WINDOW, _WINDOW), np.uint8)
    return np.asarray(cv2.dilate(picture, window) - cv2.erode(picture, window), np.float32)


def _share(mask: NDArray[np.bool_], window: int) -> FloatArray:
    return np.asarray(cv2.blur(mask.astype(np.float32), (window, window)), np.float32)

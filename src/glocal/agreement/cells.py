"""Cells of one picture found again in another that lies over it, each where it correlates best.

Coarse to fine: a first look at a quarter of the size bridges what the transform between the photos is off by, or what
near things shifted before far ones; neighbours correct each other; the last look is at full size.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray, IntArray
from glocal.compiled import compiled

STRIDE = 16
"""Side of a cell in pixels of the canvas."""

_LOOKS = ((4, 8, 4), (2, 10, 2), (1, 12, 2))
"""(how much smaller the pictures are, half the side of a cell's window, how far it may move), in pixels of those."""

_CLOSER_LOOK = (1, 12, 4)
"""The same in pictures that are drawn larger than before."""

_TRUSTED = 0.3
"""Correlation from which a cell counts when neighbours correct each other: unlike windows reach it somewhere nearby."""


@dataclass(frozen=True, eq=False)
class CellShifts:
    """Where the cells of a picture lie in another.

    Attributes:
        correlation: [R, C] float64, normalised cross-correlation there, -1 to 1.
        shift: [R, C, 2] float64, (x, y) in pixels of the canvas.
        strain: [R, C] float64, how far the shift is from that of its neighbours, in the same pixels.
    """

    correlation: NDArray[np.float64]
    shift: NDArray[np.float64]
    strain: NDArray[np.float64]


def window_mean(picture: FloatArray, window: int) -> FloatArray:
    """Return the mean of each pixel's surroundings, a square of so many pixels."""
    return np.asarray(cv2.blur(picture, (window, window)), np.float32)


def cells_of(picture: FloatArray) -> FloatArray:
    """Return what a picture [h, w] or [h, w, n] has in the middle of each cell."""
    rows, columns = picture.shape[0] // STRIDE, picture.shape[1] // STRIDE
    return picture[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE][:rows, :columns]


def find_cells(a: FloatArray, b: FloatArray) -> CellShifts:
    """Find the cells of one picture in another.

    Args:
        a, b: [h, w] grey levels, 0 to 255, aligned to some percent; both sides at least two strides.
    """
    shape = a.shape[0] // STRIDE, a.shape[1] // STRIDE
    shift = np.zeros((*shape, 2))
    correlation = np.zeros(shape)
    for look in _LOOKS:
        correlation, shift = _looked_at(a, b, shift, look)
        if look != _LOOKS[-1]:
            shift = _corrected(shift, correlation)
    return CellShifts(correlation, shift, _strain(shift))


def find_cells_closer(a: FloatArray, b: FloatArray, before: CellShifts) -> CellShifts:
    """Find the cells of one picture in another, drawn larger than before.

    Args:
        a, b: as in `find_cells`.
        before: of the same pictures, smaller: each cell is looked for near where it was.
    """
    shape = a.shape[0] // STRIDE, a.shape[1] // STRIDE
    trusted = _corrected(before.shift, before.correlation)
    larger = shape[1] / before.shift.shape[1]
    start = np.asarray(cv2.resize(trusted, shape[::-1], interpolation=cv2.INTER_LINEAR) * larger, np.float64)
    correlation, shift = _looked_at(a, b, start, _CLOSER_LOOK)
    return CellShifts(correlation, shift, _strain(shift))


def _looked_at(
    a: FloatArray, b: FloatArray, start: NDArray[np.float64], look: tuple[int, int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the correlation [R, C] and shift [R, C, 2] of the cells, each looked for around its start [R, C, 2]."""
    smaller, half, reach = look
    small_a, small_b = _shrunk(a, smaller), _shrunk(b, smaller)
    half = min(half, small_a.shape[0] // 2, small_a.shape[1] // 2)
    shape = start.shape[:2]
    rows, columns = (_centres(n, smaller, half, side) for n, side in zip(shape, small_a.shape, strict=True))
    first = np.round(start / smaller).astype(np.int64)
    correlation, found = _best_shifts(small_a, small_b, rows, columns, first, half, reach)
    return correlation, np.asarray(found * float(smaller), np.float64)


def _shrunk(picture: FloatArray, smaller: int) -> NDArray[np.int32]:
    if smaller > 1:
        size = (max(2, picture.shape[1] // smaller), max(2, picture.shape[0] // smaller))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    return np.clip(np.round(picture), 0, 255).astype(np.int32)


def _centres(count: int, smaller: int, half: int, side: int) -> IntArray:
    """Return the first pixel after the middle of each cell, kept so that its window lies in the picture."""
    return np.clip(((np.arange(count) + 0.5) * STRIDE / smaller).astype(np.int64), half, side - half)


def _corrected(shift: NDArray[np.float64], correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean shift over the neighbours of each cell, by how well they correlate."""
    weight = np.square(np.maximum(correlation - _TRUSTED, 0.0))
    weights = np.repeat(weight[..., None], 2, axis=2)
    sums, total = (cv2.boxFilter(x, -1, (3, 3), borderType=cv2.BORDER_CONSTANT) for x in (shift * weights, weights))
    return np.asarray(sums / (total + 1e-6), np.float64)


def _strain(shift: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the shift of each cell is from that of its neighbours [R, C]."""
    return np.asarray(np.abs(shift - _neighbours_median(shift)).max(axis=2), np.float64)


def _neighbours_median(shift: NDArray[np.float64]) -> NDArray[np.float64]:
    rows, columns = shift.shape[:2]
    padded = np.pad(shift, ((1, 1), (1, 1), (0, 0)), mode="edge")
    around = [padded[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    return np.asarray(np.median(np.stack(around), axis=0), np.float64)


@compiled
def _best_shifts(
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    rows: IntArray,
    columns: IntArray,
    start: NDArray[np.int64],
    half: int,
    reach: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the best correlation [R, C] of each window of a within reach of its start in b, and its shift [R, C, 2].

    Whole numbers sum up alike in any order, so the sums of a row become vector instructions.
    """
    best = np.zeros((len(rows), len(columns)))
    shift = start.copy()
    side = 2 * half
    for i in range(len(rows)):
        for j in range(len(columns)):
            top, left = rows[i] - half, columns[j] - half
            for step_y in range(-reach, reach + 1):
                for step_x in range(-reach, reach + 1):
                    y, x = top + start[i, j, 1] + step_y, left + start[i, j, 0] + step_x
                    if y < 0 or x < 0 or y + side > b.shape[0] or x + side > b.shape[1]:
                        continue
                    score = _correlation(a, b, top, left, y, x, side)
                    if score > best[i, j]:
                        best[i, j] = score
                        shift[i, j, 0], shift[i, j, 1] = x - left, y - top
    return best, shift


@compiled
def _correlation(a: NDArray[np.int32], b: NDArray[np.int32], top: int, left: int, y: int, x: int, side: int) -> float:
    """Return the normalised cross-correlation of two windows; 0 if one is plain."""
    sum_a = sum_b = sum_aa = sum_bb = sum_ab = np.int64(0)
    for row in range(side):
        line_a, line_b = a[top + row, left : left + side], b[y + row, x : x + side]
        row_a = row_b = row_aa = row_bb = row_ab = np.int32(0)
        for column in range(side):
            p, q = line_a[column], line_b[column]
            row_a += p
            row_b += q
            row_aa += p * p
            row_bb += q * q
            row_ab += p * q
        sum_a += row_a
        sum_b += row_b
        sum_aa += row_aa
        sum_bb += row_bb
        sum_ab += row_ab
    count = side * side
    spread = float(sum_aa * count - sum_a * sum_a) * float(sum_bb * count - sum_b * sum_b)
    return float(sum_ab * count - sum_a * sum_b) / np.sqrt(spread) if spread > 0 else 0.0

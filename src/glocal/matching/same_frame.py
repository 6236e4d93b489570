"""Unlike photos in the same frame: a page, a patterned mount, a screen's controls, the same ground behind.

What agrees there is real, but it is not the thing. It gives itself away: one picture lies on the other as it is, corner
on corner, as hardly two photos of a thing do unless one is a copy of the other; and a copy agrees everywhere, above all
in the middle. So where pictures lie in place, features are compared with what lies in *their* place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.compiled import Words, compiled, popcount

Places = NDArray[np.float64]
Size = tuple[float, float]

MOST_SHIFT = 0.03
"""Corners of pictures that lie in place are so near each other, in parts of a side. Of 2089 right pairs of landmarks
and monuments 98 in 100 lie farther apart than 0.07."""

MIN_AGREEING = 0.5
"""Least part of the features, in the whole picture and in its middle half, that agree with what lies in their place.
Copies in black and white, dark, faded, of JPEG quality 8, with caption, watermark or date all do; heavily blurred ones
at times do not. Of unlike photos on a patterned mount, a page or the same ground at most 2 in a hundred do."""

_FARTHEST = 0.34375
"""Features agree if their codes differ in at most this part of their bits (44 of 128)."""

_ENOUGH = 8
"""With fewer features in the middle, the whole decides."""


@compiled
def lies_in_place(affine: NDArray[np.float64], size_a: Size, size_b: Size) -> bool:
    """Tell whether a transform [6] lays a picture of size_a (width, height) on one of size_b corner on corner."""
    for x in (0.0, 1.0):
        for y in (0.0, 1.0):
            u = (affine[0] * x * size_a[0] + affine[1] * y * size_a[1] + affine[2]) / size_b[0]
            v = (affine[3] * x * size_a[0] + affine[4] * y * size_a[1] + affine[5]) / size_b[1]
            if abs(u - x) > MOST_SHIFT or abs(v - y) > MOST_SHIFT:
                return False
    return True


@compiled
def placed(keypoints: FloatArray, scales: FloatArray, affine: NDArray[np.float64]) -> Places:
    """Return [3, N]: x, y and scale of features as a transform [6] maps them."""
    a, b, c, d, e, f = affine
    mapped = np.empty((3, len(scales)))
    for i in range(len(scales)):
        x, y = keypoints[i]
        mapped[0, i], mapped[1, i] = a * x + b * y + c, d * x + e * y + f
        mapped[2, i] = np.sqrt(abs(a * e - b * d)) * scales[i]
    return mapped


@compiled
def only_the_frame_agrees(
    words_a: Words, words_b: Words, placed_a: Places, placed_b: Places, size_b: Size, tolerance: float
) -> bool:
    """Tell whether pictures that lie in place differ in half of what they show, or of what their middle shows.

    Args:
        words_a: [W, N] codes, as `code_words` gives them.
        words_b: [W, M] codes.
        placed_a: [3, N], x, y and scale of the features of a in pixels of b.
        placed_b: [3, M], those of b.
        size_b: (width, height) of b.
        tolerance: location noise of one feature in pixels of the network's input.
    """
    nearest_a = np.full(placed_a.shape[1], -1)
    nearest_b = np.full(placed_b.shape[1], -1)
    for i in range(len(nearest_a)):
        x, y, scale = placed_a[:, i]
        for j in range(len(nearest_b)):
            reach = tolerance * tolerance * (scale * scale + placed_b[2, j] ** 2)
            if (placed_b[0, j] - x) ** 2 + (placed_b[1, j] - y) ** 2 >= reach:
                continue
            if not 0.5 * placed_b[2, j] < scale < 2.0 * placed_b[2, j]:
                continue
            distance = np.int64(0)
            for w in range(len(words_a)):
                distance += np.int64(popcount(words_a[w, i] ^ words_b[w, j]))
            if nearest_a[i] < 0 or distance < nearest_a[i]:
                nearest_a[i] = distance
            if nearest_b[j] < 0 or distance < nearest_b[j]:
                nearest_b[j] = distance
    most = int(_FARTHEST * 64 * len(words_a))
    return _differs(placed_a, nearest_a, size_b, most) or _differs(placed_b, nearest_b, size_b, most)


@compiled
def _differs(placed: Places, nearest: NDArray[np.int64], size: Size, most: int) -> bool:
    """Tell whether less than half of the features that have company, or of those in the middle, agree with it."""
    agreeing, compared, agreeing_inside, compared_inside = 0, 0, 0, 0
    for i in range(len(nearest)):
        if nearest[i] < 0:
            continue
        across, down = placed[0, i] / size[0], placed[1, i] / size[1]
        inside = abs(across - 0.5) < 0.25 and abs(down - 0.5) < 0.25
        compared, compared_inside = compared + 1, compared_inside + inside
        if nearest[i] <= most:
            agreeing, agreeing_inside = agreeing + 1, agreeing_inside + inside
    if agreeing < MIN_AGREEING * compared:
        return True
    return compared_inside >= _ENOUGH and agreeing_inside < MIN_AGREEING * compared_inside

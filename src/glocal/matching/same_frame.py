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
from glocal.orientation import QUARTER_TURNS, Orientation

Places = NDArray[np.float64]
Size = tuple[float, float]

MOST_SHIFT = 0.04
"""Corners of pictures that lie in place are so near each other, in parts of a side. Of 2089 right pairs of landmarks
and monuments 98 in 100 lie farther apart than 0.07."""

MOST_SHIFT_NEARLY = 0.08
"""Pictures whose corners are nearly so near lie nearly in place: a page agrees there with another part of itself."""

MIN_AGREEING_NEARLY = 0.2
"""Least part of their features that agree. Of 336 right pairs of landmarks, monuments, views, figures and shop videos
that lie so, none has less; of 11 unlike photos on a red page or below a caption none has more."""

MIN_AGREEING = 0.5
"""Least part of the features, in the whole picture and in its middle half, that agree with what lies in their place.
Copies in black and white, dark, faded, of JPEG quality 8, with caption, watermark or date all do; heavily blurred ones
at times do not. Of unlike photos on a patterned mount, a page or the same ground at most 2 in a hundred do."""

MOST_IN_PARTS = 0.1
"""Greatest share of the features that lie in inner parts where hardly any agrees: a photo that fills a small part of a
page differs there from top to bottom, though all of the page agrees. Of 156 pairs of copies (12 photos in black and
white, of JPEG quality 8, dark, faded, blurred, watermarked, shrunk to a third) none reaches 0.03."""

MOST_ATTENTION_IN_PARTS = 0.4
"""Greatest share of the attention in such parts if features without company count too: a photo of the sky on a page has
none that features of another photo there could be compared with. Of 128 pairs of unlike photos in a newspaper, on
stripes and in a grained mount that were proved without this rule, 13 have less. Copies in black and white, of JPEG
quality 8, blurred, watermarked or shrunk have at most 0.13; of 36 of a third of the brightness 6 have more, of 38 of
half the brightness 1, of 37 of two fifths of the contrast 2. None has of 33 right pairs that lie in place, most of
shop videos."""

_MARGIN = 0.15
"""Parts nearer to a side of the picture than this, in parts of its length, do not count: copies are shown beside
other things."""

_NEIGHBOURS, _HARDLY_ANY = 12, 0.25
"""A feature lies in such a part if, of so many nearest ones with company, less than this share agrees."""

_FARTHEST = 0.34375
"""Features agree if their codes differ in at most this part of their bits (44 of 128)."""

_ENOUGH = 8
"""With fewer features in the middle, the whole decides."""


@compiled
def corner_shift(affine: NDArray[np.float64], size_a: Size, size_b: Size) -> float:
    """Return how far a transform [6] lays the corners of a picture from those of another, the farthest one.

    In parts of a side, along the side where it is more; 0: one lies on the other, corner on corner.

    Args:
        affine: [6], pixels of a to pixels of b.
        size_a, size_b: (width, height) of both.
    """
    farthest = 0.0
    for x in (0.0, 1.0):
        for y in (0.0, 1.0):
            u = (affine[0] * x * size_a[0] + affine[1] * y * size_a[1] + affine[2]) / size_b[0]
            v = (affine[3] * x * size_a[0] + affine[4] * y * size_a[1] + affine[5]) / size_b[1]
            farthest = max(farthest, abs(u - x), abs(v - y))
    return farthest


def as_floats(size: tuple[int, int]) -> Size:
    """Return a size as compiled code takes it."""
    return float(size[0]), float(size[1])


def lie_in_place(transform: NDArray[np.float64], size_a: tuple[int, int], size_b: tuple[int, int]) -> bool:
    """Tell whether a transform [3, 3] lays one picture nearly on the other, corner on corner, as it is or turned.

    Args:
        transform: pixels of a to pixels of b.
        size_a, size_b: (width, height) of both.
    """

    def shift(turn: Orientation) -> float:
        laid = turn.transform(*size_b) @ transform
        return corner_shift(laid[:2].ravel(), as_floats(size_a), as_floats(turn.size(*size_b)))

    return any(shift(turn) <= MOST_SHIFT_NEARLY for turn in QUARTER_TURNS)


@compiled
def placed(keypoints: FloatArray, scales: FloatArray, attention: FloatArray, affine: NDArray[np.float64]) -> Places:
    """Return [4, N]: x, y and scale of features as a transform [6] maps them, and their attention."""
    a, b, c, d, e, f = affine
    mapped = np.empty((4, len(scales)))
    for i in range(len(scales)):
        x, y = keypoints[i]
        mapped[0, i], mapped[1, i] = a * x + b * y + c, d * x + e * y + f
        mapped[2, i] = np.sqrt(abs(a * e - b * d)) * scales[i]
        mapped[3, i] = attention[i]
    return mapped


@compiled
def look_within(
    region: NDArray[np.float64], affine: NDArray[np.float64], placed_a: Places, placed_b: Places
) -> tuple[Size, NDArray[np.intp]]:
    """Move placed features to what a region shows: what lies outside it in b is not asked for.

    Args:
        region: [4], x, y, width and height of the part of a that the features of a are of.
        affine: [6], pixels of a to pixels of b, nearly without turning.
        placed_a, placed_b: [4, N] and [4, M], in pixels of b; moved in place, so that the region begins at 0, 0.

    Returns:
        (width, height) of the region in pixels of b, and the rows of b that lie in it.
    """
    left = affine[0] * region[0] + affine[1] * region[1] + affine[2]
    top = affine[3] * region[0] + affine[4] * region[1] + affine[5]
    width, height = affine[0] * region[2], affine[4] * region[3]
    for features in (placed_a, placed_b):
        features[0] -= left
        features[1] -= top
    x, y = placed_b[0], placed_b[1]
    return (width, height), np.flatnonzero((x >= 0.0) & (x < width) & (y >= 0.0) & (y < height))


@compiled
def only_the_frame_agrees(
    words_a: Words, words_b: Words, placed_a: Places, placed_b: Places, size_b: Size, tolerance: float, shift: float
) -> bool:
    """Tell whether pictures that lie in place differ in half of what they show or of its middle, or wholly in a part.

    Args:
        words_a: [W, N] codes, as `code_words` gives them.
        words_b: [W, M] codes.
        placed_a: [4, N], x, y and scale of the features of a in pixels of b, and their attention.
        placed_b: [4, M], those of b.
        size_b: (width, height) of b, or of what `look_within` leaves of it.
        tolerance: location noise of one feature in pixels of the network's input.
        shift: see `corner_shift`; pictures that lie only nearly in place may differ more.
    """
    nearest_a = np.full(placed_a.shape[1], -1)
    nearest_b = np.full(placed_b.shape[1], -1)
    for i in range(len(nearest_a)):
        x, y, scale = placed_a[0, i], placed_a[1, i], placed_a[2, i]
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
    if shift > MOST_SHIFT:
        return _share(nearest_a, most) < MIN_AGREEING_NEARLY or _share(nearest_b, most) < MIN_AGREEING_NEARLY
    if _differs(placed_a, nearest_a, size_b, most) or _differs(placed_b, nearest_b, size_b, most):
        return True
    if _differs_in_parts(placed_a, nearest_a, size_b, most) or _differs_in_parts(placed_b, nearest_b, size_b, most):
        return True
    return _attends_elsewhere(placed_a, nearest_a, size_b, most) or _attends_elsewhere(
        placed_b, nearest_b, size_b, most
    )


@compiled
def _share(nearest: NDArray[np.int64], most: int) -> float:
    """Return the part of the features that have company that agree with it; 1 if none has."""
    compared = (nearest >= 0).sum()
    return ((nearest >= 0) & (nearest <= most)).sum() / compared if compared else 1.0


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


@compiled
def _differs_in_parts(placed: Places, nearest: NDArray[np.int64], size: Size, most: int) -> bool:
    """Tell whether too many of the features that have company lie, well inside, where hardly any agrees with it."""
    rows = np.flatnonzero(nearest >= 0)
    if len(rows) <= _NEIGHBOURS:
        return False
    differing = _in_differing_parts(placed[0][rows], placed[1][rows], nearest[rows] <= most, size)
    return bool(differing.sum() > MOST_IN_PARTS * len(rows))


@compiled
def _attends_elsewhere(placed: Places, nearest: NDArray[np.int64], size: Size, most: int) -> bool:
    """Tell whether too much attention lies, well inside, where hardly any feature has company that agrees with it."""
    if len(nearest) <= _NEIGHBOURS:
        return False
    differing = _in_differing_parts(placed[0], placed[1], (nearest >= 0) & (nearest <= most), size)
    return bool((placed[3] * differing).sum() > MOST_ATTENTION_IN_PARTS * placed[3].sum())


@compiled
def _in_differing_parts(
    x: NDArray[np.float64], y: NDArray[np.float64], agrees: NDArray[np.bool_], size: Size
) -> NDArray[np.bool_]:
    """Return which features [N] lie well inside, and hardly any agrees of those around them."""
    differing = np.zeros(len(x), np.bool_)
    for i in range(len(x)):
        if abs(x[i] / size[0] - 0.5) < 0.5 - _MARGIN and abs(y[i] / size[1] - 0.5) < 0.5 - _MARGIN:
            distances = (x - x[i]) ** 2 + (y - y[i]) ** 2
            around = distances <= np.partition(distances, _NEIGHBOURS - 1)[_NEIGHBOURS - 1]
            differing[i] = (around & agrees).sum() < _HARDLY_ANY * around.sum()
    return differing

"""Proof by pixels that two photos show the same picture: one is laid over the other and compared piece by piece.

Local features alone prove that two photos show the same place. Taken from another spot, or a moment later, it
looks a little different: something moved, or near things shifted before far ones. Copies agree everywhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.agreement.canvas import canvas_over, coarseness, sample
from glocal.agreement.changes import shows_changes
from glocal.agreement.picture import Picture, Transform, stretch_of
from glocal.agreement.refining import refined
from glocal.arrays import FloatArray

CANVAS_SIDE = 384
"""Longest side in pixels of the overlap when it is compared. Fine enough to see that near things shifted before
far ones, coarse enough to forget JPEG artefacts and sharpening."""

TILE = 32
"""Side of the pieces in pixels of the canvas."""

MIN_CORRELATION = 0.88
"""Least `weakest_correlation` of copies. Measured on the photos of examples/: of crops, halved, turned and JPEG 30
copies saved again as JPEG 60, 2 to 5 % lie below; of views of the same place, those that are not a copy's shape all
do."""

MIN_COVERAGE = 0.8
"""Least part of the smaller picture that must lie within the larger one: overlapping views are no copies."""

MAX_STRETCH = 1.02
"""Copies are turned and scaled alike in all directions; a plane seen from another spot is sheared."""

MAX_CORNER_DISTANCE = 0.02
"""But for copies that were stretched to another shape: these show the whole picture, so that corners lie on corners, up
to so much of width and height."""

MIN_CONTRAST = 4.0
"""Least standard deviation of a piece in grey levels: plain sky agrees with any plain sky."""

MIN_TILES = 6
"""Least number of pieces with contrast that must be seen."""

WEAKEST_PART = 0.1
"""The pieces that agree least may be a caption or a stamp: the score is that of the piece at this quantile."""


def weakest_correlation(a: Picture, b: Picture, transform: Transform) -> float:
    """Return how well two photos agree where they agree least: 1 for the same picture, about 0 for different ones.

    Args:
        a, b: the photos.
        transform: [3, 3] affine, pixels of photo a to pixels of photo b, right to some percent: it is refined.

    Returns:
        The normalised cross-correlation of the pieces that agree least (see `WEAKEST_PART`), in [-1, 1]; 0 if
        the photos overlap too little or show too little to tell, or if a part of one was replaced in the other.
    """
    canvas = canvas_over(a, b, transform, CANVAS_SIDE)
    if canvas is None or canvas.coverage < MIN_COVERAGE:
        return 0.0
    canvas = refined(canvas, a, b)
    if canvas is None:
        return 0.0
    b_to_a = np.linalg.inv(a.to_pixels) @ canvas.to_a @ np.linalg.inv(canvas.to_b) @ b.to_pixels
    is_whole = _lays_corners_on_corners(b_to_a, a.size, b.size)
    if stretch_of(b_to_a) > MAX_STRETCH and not is_whole:
        return 0.0
    # A thumbnail shows less detail of all; a photo through another lens, more of a part.
    coarse = coarseness(canvas) if is_whole else 1.0
    on_a, seen_a = sample(a.grey, canvas.to_a, canvas.size, coarse)
    on_b, seen_b = sample(b.grey, canvas.to_b, canvas.size, coarse)
    seen = seen_a & seen_b
    correlation = _weakest_part(on_a, on_b, seen)
    return 0.0 if correlation >= MIN_CORRELATION and shows_changes(on_a, on_b, seen) else correlation


def _lays_corners_on_corners(b_to_a: Transform, size_a: tuple[int, int], size_b: tuple[int, int]) -> bool:
    """Say whether a map between photos of these (width, height) brings the corners of one to those of the other."""
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    parts = (np.c_[corners * size_b - 0.5, np.ones(4)] @ b_to_a[:2].T + 0.5) / size_a
    nearest = np.clip(np.round(parts), 0, 1)
    return bool(np.abs(parts - nearest).max() <= MAX_CORNER_DISTANCE) and len({*map(tuple, nearest.tolist())}) == 4


def _weakest_part(a: FloatArray, b: FloatArray, seen: NDArray[np.bool_]) -> float:
    """Return the normalised cross-correlation of the pieces that agree least; 0 if too few can be judged."""
    whole = _tiles(seen.astype(np.float32)).min(axis=1) > 0
    tiles_a, tiles_b = _tiles(a)[whole], _tiles(b)[whole]
    tiles_a = tiles_a - tiles_a.mean(axis=1, keepdims=True)
    tiles_b = tiles_b - tiles_b.mean(axis=1, keepdims=True)
    spread_a, spread_b = tiles_a.std(axis=1), tiles_b.std(axis=1)
    rich = np.maximum(spread_a, spread_b) > MIN_CONTRAST
    if np.count_nonzero(rich) < MIN_TILES:
        return 0.0
    products = (tiles_a * tiles_b).mean(axis=1)[rich]
    correlations = products / np.maximum(spread_a * spread_b, 1e-6)[rich]
    return float(np.quantile(correlations, WEAKEST_PART))


def _tiles(image: FloatArray) -> FloatArray:
    """Cut [h, w] into pieces [n, TILE * TILE], leaving out what remains at the right and lower edge."""
    rows, columns = image.shape[0] // TILE, image.shape[1] // TILE
    cut = image[: rows * TILE, : columns * TILE].reshape(rows, TILE, columns, TILE)
    return cut.swapaxes(1, 2).reshape(rows * columns, TILE * TILE)

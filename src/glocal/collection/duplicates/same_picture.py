"""Proof by pixels that two photos show the same picture: one is laid over the other and compared piece by piece.

Local features alone prove that two photos show the same place. Taken from another spot, or a moment later, it
looks a little different: something moved, or near things shifted before far ones. Copies agree everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.features import FloatArray

DECODED_SIDE = 512
"""Longest side in pixels of the pictures that are compared."""

CANVAS_SIDE = 384
"""Longest side in pixels of the overlap when it is compared. Fine enough to see that near things shifted before
far ones, coarse enough to forget JPEG artefacts and sharpening."""

TILE = 32
"""Side of the pieces in pixels of the canvas."""

MIN_AGREEMENT = 0.88
"""Least `agreement` of copies. Measured on the photos of examples/: of crops, halved, turned and JPEG 30 copies saved
again as JPEG 60, 2 to 5 % lie below; of views of the same place, those that are not a copy's shape all do."""

MIN_COVERAGE = 0.8
"""Least part of the smaller picture that must lie within the larger one: overlapping views are no copies."""

MAX_STRETCH = 1.02
"""Copies are turned and scaled alike in all directions; a plane seen from another spot is sheared."""

MIN_CONTRAST = 4.0
"""Least standard deviation of a piece in grey levels: plain sky agrees with any plain sky."""

MIN_TILES = 6
"""Least number of pieces with contrast that must be seen."""

WEAKEST_PART = 0.1
"""The pieces that agree least may be a caption or a stamp: the score is that of the piece at this quantile."""

Transform = NDArray[np.float64]

_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)


@dataclass(frozen=True, eq=False)
class GreyPicture:
    """A photo made small and grey.

    Attributes:
        pixels: [h, w] float32, 0 to 255.
        to_pixels: [3, 3], maps pixels of the upright photo to these.
    """

    pixels: FloatArray
    to_pixels: Transform

    @classmethod
    def of(cls, pixels: NDArray[np.uint8], photo_size: tuple[int, int]) -> GreyPicture:
        """Shrink a picture.

        Args:
            pixels: [H, W, 3] RGB, perhaps decoded smaller than the photo is.
            photo_size: (width, height) of the upright photo.
        """
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        factor = min(1.0, DECODED_SIDE / max(grey.shape))
        small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        width, height = photo_size
        to_pixels = scaling(small.shape[1] / width, small.shape[0] / height)
        return cls(small.astype(np.float32), to_pixels)


def agreement(a: GreyPicture, b: GreyPicture, transform: Transform) -> float:
    """Return how well two photos agree where they overlap: 1 for the same picture, about 0 for different ones.

    Args:
        a, b: the photos.
        transform: [3, 3] affine, pixels of photo a to pixels of photo b, right to some percent: it is refined.

    Returns:
        The normalised cross-correlation of the pieces that agree least (see `WEAKEST_PART`), in [-1, 1]; 0 if
        the photos overlap too little or show too little to tell.
    """
    a_to_b = b.to_pixels @ transform @ np.linalg.inv(a.to_pixels)
    canvas = _canvas(a.pixels.shape, b.pixels.shape, a_to_b)
    if canvas is None:
        return 0.0
    canvas_to_b, size = canvas
    on_b, seen_b = _sample(b.pixels, canvas_to_b, size)
    canvas_to_a = np.linalg.inv(a_to_b) @ canvas_to_b
    on_a, seen_a = _sample(a.pixels, canvas_to_a, size)
    try:
        _, shift = cv2.findTransformECC(
            on_b, on_a, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, _STOP, seen_a.astype(np.uint8), 5
        )
    except cv2.error:  # it does not converge: the pictures differ
        return 0.0
    canvas_to_a = canvas_to_a @ np.vstack([shift, [0, 0, 1]])
    if not _has_copy_shape(canvas_to_a @ np.linalg.inv(canvas_to_b), a, b):
        return 0.0
    on_a, seen_a = _sample(a.pixels, canvas_to_a, size)
    return _weakest_part(on_a, on_b, seen_a & seen_b)


def scaling(x: float, y: float) -> Transform:
    """Return the map that scales a picture; pixel centres lie at integers, so its corner at (-0.5, -0.5) stays."""
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]], np.float64)


def _canvas(
    shape_a: tuple[int, ...], shape_b: tuple[int, ...], a_to_b: Transform
) -> tuple[Transform, tuple[int, int]] | None:
    """Return the map from a canvas over the overlap to b, and the canvas's (width, height)."""
    a_on_b = _corners(shape_a) @ a_to_b[:2, :2].T + a_to_b[:2, 2]
    b_on_b = _corners(shape_b)
    overlap, outline = cv2.intersectConvexConvex(a_on_b.astype(np.float32), b_on_b.astype(np.float32))
    smaller = min(cv2.contourArea(corners.astype(np.float32)) for corners in (a_on_b, b_on_b))
    if outline is None or overlap < MIN_COVERAGE * max(smaller, 1.0):
        return None
    first, last = outline.reshape(-1, 2).min(axis=0), outline.reshape(-1, 2).max(axis=0)
    extent = last - first
    scale = float(extent.max()) / (CANVAS_SIDE - 1)
    width, height = (int(side) + 1 for side in extent / scale + 1e-6)
    return np.array([[scale, 0, first[0]], [0, scale, first[1]], [0, 0, 1]]), (width, height)


def _corners(shape: tuple[int, ...]) -> NDArray[np.float64]:
    right, bottom = shape[1] - 1, shape[0] - 1
    return np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]], np.float64)


def _has_copy_shape(b_to_a: Transform, a: GreyPicture, b: GreyPicture) -> bool:
    """Say whether a map between two grey pictures turns, mirrors and scales the photos, and no more."""
    photos = np.linalg.inv(a.to_pixels) @ b_to_a @ b.to_pixels
    longest, shortest = np.linalg.svd(photos[:2, :2])[1]
    return bool(longest <= MAX_STRETCH * shortest)


def _sample(
    pixels: FloatArray, canvas_to_pixels: Transform, size: tuple[int, int]
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the picture as seen through the canvas [h, w], and where the canvas lies on the picture."""
    step = float(np.sqrt(abs(np.linalg.det(canvas_to_pixels[:2, :2]))))
    if step > 1:  # averages whole pixels first, so that fine structure does not turn into false structure
        shrunk = np.asarray(
            cv2.resize(pixels, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA), np.float32
        )
        factors = scaling(shrunk.shape[1] / pixels.shape[1], shrunk.shape[0] / pixels.shape[0])
        pixels, canvas_to_pixels = shrunk, factors @ canvas_to_pixels
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(np.ones(pixels.shape, np.float32), canvas_to_pixels[:2], size, flags=flags)
    drawn = cv2.warpAffine(pixels, canvas_to_pixels[:2], size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(drawn, np.float32), seen > 0.99


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

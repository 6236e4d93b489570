"""A canvas over what two pictures share, onto which both are drawn to be compared."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.agreement.picture import Picture, Transform, mapped, mean_scale, scaling, shrunk_by
from glocal.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Canvas:
    """Where a canvas lies on two pictures. Its axes are those of the second.

    Attributes:
        to_a: [3, 3] affine, pixels of the canvas to pixels of the first picture.
        to_b: [3, 3] affine, to pixels of the second.
        size: (width, height) in pixels.
        coverage: the part of the smaller picture that lies within the larger one, 0 to 1.
    """

    to_a: Transform
    to_b: Transform
    size: tuple[int, int]
    coverage: float

    def resized(self, side: int) -> Canvas:
        """Return the same canvas with another longest side in pixels."""
        factor = (side - 1) / (max(self.size) - 1)
        smaller = np.diag([1 / factor, 1 / factor, 1.0])
        width, height = (int((length - 1) * factor + 1e-6) + 1 for length in self.size)
        return replace(self, to_a=self.to_a @ smaller, to_b=self.to_b @ smaller, size=(width, height))


def canvas_over(a: Picture, b: Picture, transform: Transform, side: int) -> Canvas | None:
    """Return the canvas over the overlap of two pictures, its longest side `side` pixels; None if they share nothing.

    Args:
        a, b: the pictures.
        transform: [3, 3] affine, pixels of photo a to pixels of photo b.
        side: of the canvas.
    """
    a_to_b = b.to_pixels @ transform @ np.linalg.inv(a.to_pixels)
    if abs(np.linalg.det(a_to_b)) < 1e-9:
        return None
    a_on_b = mapped(_corners(a), a_to_b)
    b_on_b = _corners(b)
    overlap, outline = cv2.intersectConvexConvex(a_on_b.astype(np.float32), b_on_b.astype(np.float32))
    smaller = min(cv2.contourArea(corners.astype(np.float32)) for corners in (a_on_b, b_on_b))
    if outline is None or overlap <= 0:
        return None
    first, last = outline.reshape(-1, 2).min(axis=0), outline.reshape(-1, 2).max(axis=0)
    scale = float((last - first).max()) / (side - 1)
    if scale <= 0:
        return None
    width, height = (int(length) + 1 for length in (last - first) / scale + 1e-6)
    to_b = np.array([[scale, 0, first[0]], [0, scale, first[1]], [0, 0, 1]], np.float64)
    return Canvas(np.linalg.inv(a_to_b) @ to_b, to_b, (width, height), float(overlap / max(smaller, 1.0)))


def coarseness(canvas: Canvas) -> float:
    """Return how many pixels of a canvas a pixel of the coarser picture is, 1 or more."""
    return max(1.0, 1 / mean_scale(canvas.to_a), 1 / mean_scale(canvas.to_b))


def sample(
    pixels: FloatArray, canvas_to_pixels: Transform, size: tuple[int, int], coarse: float = 1.0
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Draw a picture [h, w] or [h, w, C] onto a canvas.

    Args:
        pixels: of the picture.
        canvas_to_pixels: [3, 3] affine.
        size: (width, height) of the canvas.
        coarse: side in pixels of the canvas of the finest detail that is drawn.

    Returns:
        The picture as seen through the canvas, and where the canvas lies on the picture [height, width].
    """
    step = mean_scale(canvas_to_pixels) * coarse
    if step > 1:  # averages whole pixels first, so that fine structure does not turn into false structure
        shrunk = shrunk_by(pixels, step)
        factors = scaling(shrunk.shape[1] / pixels.shape[1], shrunk.shape[0] / pixels.shape[0])
        pixels, canvas_to_pixels = shrunk, factors @ canvas_to_pixels
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(np.ones(pixels.shape[:2], np.float32), canvas_to_pixels[:2], size, flags=flags)
    drawn = cv2.warpAffine(pixels, canvas_to_pixels[:2], size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(drawn, np.float32), seen > 0.99


def _corners(picture: Picture) -> NDArray[np.float64]:
    right, bottom = picture.grey.shape[1] - 1, picture.grey.shape[0] - 1
    return np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]], np.float64)

"""A photo as it is compared by pixels: small, its grey levels apart from its colour."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.errors import PhotoError
from glocal.features import Region
from glocal.images import Photo, read_decoded

DECODED_SIDE = 512
"""Longest side in pixels of the pictures that are compared."""

MIN_COLOUR = 3.0
"""Least standard deviation of a or b of a photo in colour: below is black and white, saved with a tint perhaps."""

Transform = NDArray[np.float64]

Pixels = TypeVar("Pixels", FloatArray, NDArray[np.uint8])


@dataclass(frozen=True, eq=False)
class Picture:
    """A photo made small.

    Attributes:
        grey: [h, w] float32, 0 to 255.
        colour: [h, w, 2] float32, the a and b of CIE L*a*b*, 0 to 255 with grey at 128.
        size: (width, height) of the upright photo in pixels.
    """

    grey: FloatArray
    colour: FloatArray
    size: tuple[int, int]

    @classmethod
    def of(cls, pixels: NDArray[np.uint8], photo_size: tuple[int, int], side: int = DECODED_SIDE) -> Picture:
        """Shrink a photo.

        Args:
            pixels: [H, W, 3] RGB, perhaps decoded smaller than the photo is.
            photo_size: (width, height) of the upright photo.
            side: longest side of the picture in pixels, at most.
        """
        small = shrunk_by(pixels, max(1.0, max(pixels.shape) / side))
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
        return cls(grey, np.ascontiguousarray(lab[..., 1:]), photo_size)

    def part(self, region: Region) -> tuple[Picture, Transform]:
        """Return a part of the picture as a picture, and the map [3, 3] from pixels of that part to those of the photo.

        Args:
            region: in pixels of the upright photo; it is rounded to whole pixels of the picture, at least one.
        """
        rows, columns = self.grey.shape
        scales = np.array([self.size[0] / columns, self.size[1] / rows])
        corners = np.array([region[:2], np.add(region[:2], region[2:])]) / scales
        first = np.clip(np.rint(corners[0]), 0, [columns - 1, rows - 1]).astype(int)
        last = np.clip(np.rint(corners[1]), first + 1, [columns, rows]).astype(int)
        (left, top), (right, bottom) = first.tolist(), last.tolist()
        width, height = np.maximum(np.rint((last - first) * scales), 1).astype(int).tolist()
        grey, colour = self.grey[top:bottom, left:right], self.colour[top:bottom, left:right]
        part = Picture(np.ascontiguousarray(grey), np.ascontiguousarray(colour), (width, height))
        return part, np.linalg.inv(self.to_pixels) @ _shift(left, top) @ part.to_pixels

    @property
    def to_pixels(self) -> Transform:
        """[3, 3], maps pixels of the upright photo to those of the small picture."""
        height, width = self.grey.shape
        return scaling(width / self.size[0], height / self.size[1])

    @cached_property
    def mean_grey(self) -> float:
        """Of all pixels, 0 to 255."""
        return float(self.grey.mean())

    @property
    def mean_colour(self) -> NDArray[np.float64]:
        """[2], a and b, of all pixels."""
        return self._colours[0]

    @property
    def colour_spread(self) -> NDArray[np.float64]:
        """[2], the standard deviations of a and b."""
        return self._colours[1]

    @cached_property
    def _colours(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        mean, spread = cv2.meanStdDev(self.colour)  # a tenth of NumPy's time, which sums short rows
        return np.asarray(mean, np.float64).ravel(), np.asarray(spread, np.float64).ravel()

    @property
    def has_colours(self) -> bool:
        """Whether it is neither black and white nor toned in a single colour."""
        return bool(self.colour_spread.max() >= MIN_COLOUR)


def read_picture(photo: Photo, side: int = DECODED_SIDE) -> Picture:
    """Read a photo to be compared, its longest side at most so many pixels.

    Raises:
        PhotoError: it cannot be read.
    """
    whole = read_decoded(photo, fit=side)
    return Picture.of(whole.pixels, whole.size, side)


def picture_if_there(path: Path, side: int = DECODED_SIDE) -> Picture | None:
    """Read a photo to be compared; None if its file is gone or cannot be read."""
    try:
        return read_picture(path, side)
    except PhotoError:
        return None


def shrunk_by(pixels: Pixels, factor: float) -> Pixels:
    """Return a picture so many times smaller, its corners on the corners: OpenCV, given the factor, cuts off a part."""
    height, width = pixels.shape[:2]
    size = max(1, round(width / factor)), max(1, round(height / factor))
    return cast("Pixels", cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def scaling(x: float, y: float) -> Transform:
    """Return the map that scales a picture; pixel centres lie at integers, so its corner at (-0.5, -0.5) stays."""
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]], np.float64)


def _shift(x: float, y: float) -> Transform:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def mapped(points: NDArray[np.floating], transform: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return points [..., 2], x and y, as an affine map [2 or 3, 3] moves them."""
    return np.asarray(points @ transform[:2, :2].T + transform[:2, 2], np.float64)


def stretch_of(transform: Transform) -> float:
    """Return how many times more a map scales in one direction than across it, 1 or more."""
    longest, shortest = np.linalg.svd(transform[:2, :2])[1]
    return float(longest / max(shortest, 1e-12))


def mean_scale(transform: Transform) -> float:
    """Return how much larger a map [2 or 3, 2 or 3] makes pictures, as the square root of the change of areas."""
    return float(np.sqrt(abs(np.linalg.det(transform[:2, :2]))))

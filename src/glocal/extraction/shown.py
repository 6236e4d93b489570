"""The pixels that are to be described: of a photo, or of a part of it, perhaps laid down otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.features import Region
from glocal.orientation import UPRIGHT, Orientation


@dataclass(frozen=True, eq=False)
class Shown:
    """What is to be described.

    Attributes:
        pixels: [H, W, 3] uint8 RGB, a photo or a part of it, perhaps decoded smaller.
        size: (width, height) of the whole photo in its own pixels.
        box: (left, top, right, bottom) of the part, in the same.
    """

    pixels: NDArray[np.uint8]
    size: tuple[int, int]
    box: tuple[int, int, int, int]

    @property
    def box_size(self) -> tuple[int, int]:
        """(width, height) of the part."""
        left, top, right, bottom = self.box
        return right - left, bottom - top

    @property
    def region(self) -> Region | None:
        """The part of the photo; None if it is all of it."""
        left, top, _, _ = self.box
        return None if self.box_size == self.size else (left, top, *self.box_size)

    def in_photo(self, points: FloatArray) -> FloatArray:
        """Map points [N, 2] (x, y) from the part to the photo."""
        return points + np.array(self.box[:2], np.float32)

    def laid(self, orientation: Orientation) -> Shown:
        """Return the same laid down otherwise."""
        if orientation == UPRIGHT:
            return self
        return Shown(
            orientation.apply(self.pixels), orientation.size(*self.size), orientation.box(self.box, *self.size)
        )

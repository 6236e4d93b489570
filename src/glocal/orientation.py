"""The eight ways to lay down a picture: four quarter turns, each also mirrored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Orientation:
    """One way to lay down a picture.

    Attributes:
        quarter_turns: counter-clockwise, 0 to 3, after mirroring.
        mirrored: left and right exchanged first.
    """

    quarter_turns: int
    mirrored: bool

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the picture [H, W, 3] laid down this way."""
        picture = np.fliplr(pixels) if self.mirrored else pixels
        return np.ascontiguousarray(np.rot90(picture, self.quarter_turns))

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return the (width, height) of what `apply` gives of a picture of this size."""
        return (height, width) if self.quarter_turns % 2 else (width, height)

    def box(self, box: tuple[int, int, int, int], width: int, height: int) -> tuple[int, int, int, int]:
        """Return where a part (left, top, right, bottom) of a picture of this size lies in the one `apply` gives."""
        left, top, right, bottom = box
        corners = np.array([[left, right - 1], [top, bottom - 1], [1, 1]], np.float64)
        x, y, _ = np.rint(self.transform(width, height) @ corners).astype(int)
        return int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1

    def transform(self, width: int, height: int) -> NDArray[np.float64]:
        """Return the map [3, 3] from pixels of a picture of this size to pixels of the one that `apply` gives."""
        result = np.eye(3)
        if self.mirrored:
            result = np.array([[-1.0, 0, width - 1], [0, 1, 0], [0, 0, 1]])
        for _ in range(self.quarter_turns):  # (x, y) goes to (y, width - 1 - x)
            result = np.array([[0.0, 1, 0], [-1, 0, width - 1], [0, 0, 1]]) @ result
            width, height = height, width
        return result


UPRIGHT = Orientation(0, mirrored=False)

QUARTER_TURNS = tuple(Orientation(turns, mirrored=False) for turns in range(4))
"""The upright picture first."""


def nearest_turn(transform: NDArray[np.float64]) -> Orientation:
    """Return the quarter turns that lie nearest to how a transform [3, 3], which does not mirror, turns a picture."""
    angle = np.arctan2(transform[1, 0], transform[0, 0])  # clockwise in a picture, whose y goes down
    return Orientation(int(np.rint(-angle / (np.pi / 2))) % 4, mirrored=False)

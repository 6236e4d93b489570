"""What of a query counts for the thing asked for: its region, or else its middle."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from glocal.agreement.canvas import Canvas
from glocal.agreement.cells import STRIDE
from glocal.agreement.picture import Picture, Transform, mapped
from glocal.arrays import Mask
from glocal.features import Region

GRID = 32
"""Cells of a mask along the longer side of its photo."""

_MIDDLE = 0.2
"""Without a region, a cell counts for the thing by a Gaussian of this width (of the sides) around the middle."""


def grid_of(picture: Picture) -> tuple[int, int]:
    """Return (rows, columns) of a photo's mask."""
    width, height = picture.size
    return max(1, round(GRID * height / max(width, height))), max(1, round(GRID * width / max(width, height)))


def asked_cells(query: Picture, region: Region | None) -> Mask:
    """Return the cells of the query's mask that are asked for: all, or those with their centre in the region."""
    asked = _cells_showing(query, region, np.eye(3))
    if region is not None and not asked.any():  # a region smaller than a cell
        row, column = _cell_of_middle(query, region, np.eye(3))
        asked[min(max(row, 0), len(asked) - 1), min(max(column, 0), asked.shape[1] - 1)] = True
    return asked


def asked_cells_of_photo(photo: Picture, region: Region | None, transform: Transform) -> Mask:
    """Return the cells of a photo's mask that show what is asked for: all, or those with their centre in the region.

    Args:
        photo: that is compared with the query.
        region: the part of the query that matters, in pixels of the upright query.
        transform: [3, 3] affine, pixels of the query to pixels of the photo.
    """
    asked = _cells_showing(photo, region, transform)
    if region is not None and not asked.any():  # smaller than a cell, or outside
        row, column = _cell_of_middle(photo, region, transform)
        if 0 <= row < len(asked) and 0 <= column < asked.shape[1]:
            asked[row, column] = True
    return asked


def _cells_showing(picture: Picture, region: Region | None, transform: Transform) -> Mask:
    """Return the cells of a picture's mask whose centre lies in a region that the transform maps to its pixels."""
    rows, columns = grid_of(picture)
    if region is None:
        return np.ones((rows, columns), np.bool_)
    left, top, width, height = region
    centres = (np.arange(columns) + 0.5) * picture.size[0] / columns, (np.arange(rows) + 0.5) * picture.size[1] / rows
    to_query = np.linalg.inv(transform)
    places = mapped(np.stack(np.meshgrid(*centres), axis=-1), to_query)
    x, y = places[..., 0], places[..., 1]
    return np.asarray((x >= left) & (x <= left + width) & (y >= top) & (y <= top + height))


def _cell_of_middle(picture: Picture, region: Region, transform: Transform) -> tuple[int, int]:
    """Return the (row, column) of the cell that shows the middle of a region, perhaps outside the picture's mask."""
    rows, columns = grid_of(picture)
    left, top, width, height = region
    x, y = transform[:2, :2] @ (left + width / 2, top + height / 2) + transform[:2, 2]
    return math.floor(y * rows / picture.size[1]), math.floor(x * columns / picture.size[0])


def weights_of_thing(
    query: Picture, canvas: Canvas, shape: tuple[int, ...], region: Region | None
) -> NDArray[np.float64]:
    """Return how much each cell of a canvas [R, C] counts for the thing asked for, 0 to 1."""
    rows, columns = np.indices(shape) * STRIDE + (STRIDE - 1) / 2
    photo_from_canvas = np.linalg.inv(query.to_pixels) @ canvas.to_a
    places = np.stack([columns, rows, np.ones(shape)], axis=-1) @ photo_from_canvas.T
    if region is None:
        return _nearness_to_middle(places[..., :2] / np.array(query.size))
    left, top, width, height = region
    x, y = places[..., 0], places[..., 1]
    return ((x >= left) & (x <= left + width) & (y >= top) & (y <= top + height)).astype(np.float64)


def _nearness_to_middle(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how near places [R, C, 2], x and y in parts of the sides, lie to the middle, 0 to 1."""
    return np.asarray(np.exp(-np.square(places - 0.5).sum(axis=2) / (2 * _MIDDLE**2)), np.float64)


def share_shown(photo: Picture, other: Picture, transform: Transform, region: Region | None = None) -> float:
    """Return how much of the thing asked for in a photo lies inside another one, 0 to 1.

    Args:
        photo: that with the thing.
        other: may show it.
        transform: [3, 3] affine, pixels of the photo to pixels of the other.
        region: the part of the photo that matters, in pixels of the upright photo; None: its middle.
    """
    rows, columns = grid_of(photo)
    x, y = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
    cells = np.stack([x, y], axis=-1)
    weights = _nearness_to_middle(cells) if region is None else asked_cells(photo, region)
    places = mapped(cells * np.array(photo.size), transform)
    inside = ((places >= 0) & (places < other.size)).all(axis=2)
    return float(weights[inside].sum() / weights.sum())

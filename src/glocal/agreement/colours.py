"""How far colours are from each other in two photos of any light."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.agreement.canvas import Canvas, sample
from glocal.agreement.cells import STRIDE, cells_of, window_mean
from glocal.agreement.picture import Picture
from glocal.arrays import FloatArray, Mask

_PRIOR = 200.0
"""What a contrast of 1 is worth beforehand, as a sum of squared colours: that of two cells ten units from grey."""

_LEAST_CONTRAST, _MOST_CONTRAST = 0.6, 1.6
"""Contrasts of colour between two photos of one thing, by camera and light."""

_ENOUGH = 4
"""With fewer cells that agree, all cells tell the tint, and the contrast is 1."""

_GREY_LEVELS, _COLOURS = 50.0, 20.0
"""Differences of the mean grey level, 0 to 255, and of the mean colour, in the a-b plane, that count as much as e times
stronger colours: each is large between day and night, and small between photos of one shelf."""


def cell_colours(
    query: Picture, photo: Picture, canvas: Canvas, shift: NDArray[np.float64]
) -> tuple[FloatArray, FloatArray]:
    """Return the mean colours [R, C, 2] of a query's cells, and of the cells of a photo where they were found again.

    Args:
        query, photo: the pictures.
        canvas: over both.
        shift: [R, C, 2], of each cell, (x, y) in pixels of the canvas.
    """
    of_query = window_mean(sample(query.colour, canvas.to_a, canvas.size)[0], STRIDE)
    of_photo = window_mean(sample(photo.colour, canvas.to_b, canvas.size)[0], STRIDE)
    width, height = canvas.size
    rows, columns = np.indices(shift.shape[:2]) * STRIDE + STRIDE // 2
    y = np.clip(rows + shift[..., 1], 0, height - 1).astype(int)
    x = np.clip(columns + shift[..., 0], 0, width - 1).astype(int)
    return cells_of(of_query), of_photo[y, x]


def colours_off(query: FloatArray, photo: FloatArray, alike: Mask) -> NDArray[np.float64]:
    """Return how far the colour of each cell is from that in the photo [R, C], without a common tint and contrast.

    Args:
        query, photo: [R, C, 2] colours of the cells.
        alike: [R, C], the cells whose structure agrees: tint and contrast are theirs.
    """
    enough = np.count_nonzero(alike) >= _ENOUGH
    contrast = _contrast(query[alike], photo[alike]) if enough else 1.0
    difference = photo - contrast * query
    tint = np.median(difference[alike] if enough else difference.reshape(-1, 2), axis=0)
    return np.asarray(np.linalg.norm(difference - tint, axis=2) / np.sqrt(contrast), np.float64)


def spread_of(colours: FloatArray, weights: NDArray[np.floating]) -> float:
    """Return the standard deviation of the colours [R, C, 2] of cells by their weights, of a or b, where it is more."""
    total = float(weights.sum())
    if total <= 0:
        return 0.0
    mean = (weights[..., None] * colours).sum(axis=(0, 1)) / total
    square = (weights[..., None] * np.square(colours - mean)).sum(axis=(0, 1)) / total
    return float(np.sqrt(square.max()))


def light_apart(query: Picture, photo: Picture) -> float:
    """Return how differently two photos in colour are lit as a whole: 0 alike, 1 to 3 by day and by night."""
    grey = abs(query.mean_grey - photo.mean_grey)
    colour = float(np.linalg.norm(query.mean_colour - photo.mean_colour))
    strength = abs(float(np.log(float(query.colour_spread.sum()) / float(photo.colour_spread.sum()))))
    return grey / _GREY_LEVELS + colour / _COLOURS + strength


def _contrast(query: FloatArray, photo: FloatArray) -> float:
    """Return how much stronger colours [n, 2] are in the photo: the slope of a regression, drawn towards 1."""
    one, other = query - np.median(query, axis=0), photo - np.median(photo, axis=0)
    slope = (float((one * other).sum()) + _PRIOR) / (float((one * one).sum()) + _PRIOR)
    return min(max(slope, _LEAST_CONTRAST), _MOST_CONTRAST)

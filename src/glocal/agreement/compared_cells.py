"""Two photos compared cell by cell, after a match has laid one over the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.agreement.canvas import Canvas, canvas_over, coarseness, sample
from glocal.agreement.cells import STRIDE, CellShifts, cells_of, find_cells, find_cells_closer, window_mean
from glocal.agreement.colours import cell_colours, colours_off, spread_of
from glocal.agreement.picture import Picture, Transform
from glocal.agreement.thing import weights_of_thing
from glocal.arrays import FloatArray, Mask
from glocal.features import Region

MIN_CORRELATION = 0.6
"""Least correlation of cells that agree."""

MAX_STRAIN = 2.0
"""Most that a cell may lie from where its neighbours say, in pixels of the canvas."""

MIN_CONTRAST = 6.0
"""Least standard deviation of a cell in grey levels: a plain cell neither agrees nor differs."""

_WINDOW = 24
"""Side of the window around a cell's middle that is compared, in pixels of the canvas."""

_MOST_OFF = 20.0
"""Greatest distance of colours that agree, in the a-b plane of CIE L*a*b*."""

_LEAST_SPREAD = 2.0
"""Least standard deviation of a or b over what is compared: below it is ink on paper, whatever lies around it. Print in
two colours has 0.8 to 2, of 397 right pairs of ten kinds of photos 99 in 100 more."""


@dataclass(frozen=True, eq=False)
class ComparedCells:
    """Two photos compared on a canvas, cell by cell.

    Attributes:
        canvas: over both.
        cells: of the query, and where they lie in the photo.
        alike: [R, C], the cells whose structure agrees.
        weights: [R, C] float, what each counts: of the thing asked for, and not plain.
        off: [R, C], how far their colours are off.
        is_coloured: whether what counts has colours that say something.
    """

    canvas: Canvas
    cells: CellShifts
    alike: Mask
    weights: NDArray[np.float64]
    off: NDArray[np.float64]
    is_coloured: bool

    @property
    def agrees(self) -> Mask:
        """[R, C], the cells that agree in colour too, if colours say something."""
        return self.alike & (self.off < _MOST_OFF) if self.is_coloured else self.alike

    def share(self, cells: Mask) -> float | None:
        """Return the part of the thing that these cells are; None if there is nothing of it."""
        total = float(self.weights.sum())
        return min(1.0, float(self.weights[cells].sum()) / total) if total > 0 else None

    @property
    def colours_off(self) -> float | None:
        """How far the colours of the thing are off; None if there is nothing of it."""
        return self._off_of(self.weights)

    @property
    def alike_off(self) -> float | None:
        """The same of what is alike in structure alone; None if that is nothing."""
        return self._off_of(self.weights * self.alike)

    def _off_of(self, weights: NDArray[np.float64]) -> float | None:
        total = float(weights.sum())
        return float((weights * self.off).sum()) / total if total > 0 else None


def compared_cells(
    query: Picture,
    photo: Picture,
    transform: Transform,
    region: Region | None,
    side: int,
    before: ComparedCells | None = None,
) -> ComparedCells | None:
    """Compare two photos, as far as a match lays one over the other.

    Args:
        query, photo, transform, region: as in `agreeing_area`.
        side: longest side of the overlap in pixels.
        before: what the same found at a smaller side, if they were compared before.

    Returns:
        None if they share hardly anything.
    """
    canvas = canvas_over(query, photo, transform, side)
    if canvas is None or min(canvas.size) < 2 * STRIDE:
        return None
    coarse = coarseness(canvas)  # a thumbnail is compared with what a thumbnail of the photo would show
    on_query, seen_query = sample(query.grey, canvas.to_a, canvas.size, coarse)
    on_photo, seen_photo = sample(photo.grey, canvas.to_b, canvas.size, coarse)
    cells = find_cells_closer(on_query, on_photo, before.cells) if before else find_cells(on_query, on_photo)
    most_strain = MAX_STRAIN * (len(cells.shift) / len(before.cells.shift) if before else 1.0)
    structured = _structured(on_query, on_photo, seen_query & seen_photo)
    alike = structured & (cells.correlation >= MIN_CORRELATION) & (cells.strain <= most_strain)
    colours = cell_colours(query, photo, canvas, cells.shift)
    off = colours_off(*colours, alike)
    weights = structured * weights_of_thing(query, canvas, alike.shape, region)
    coloured = query.has_colours and photo.has_colours
    coloured = coloured and all(spread_of(shown, weights) >= _LEAST_SPREAD for shown in colours)
    return ComparedCells(canvas, cells, alike, weights, off, coloured)


def _structured(on_query: FloatArray, on_photo: FloatArray, seen: Mask) -> Mask:
    """Return the cells [R, C] of a canvas that both show and that are not plain in one of them."""
    contrast = np.minimum(_contrast(on_query), _contrast(on_photo))
    inside = window_mean(seen.astype(np.float32), _WINDOW)
    return np.asarray((cells_of(contrast) >= MIN_CONTRAST) & (cells_of(inside) > 0.6))


def _contrast(picture: FloatArray) -> FloatArray:
    mean, square = window_mean(picture, _WINDOW), window_mean(picture * picture, _WINDOW)
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)

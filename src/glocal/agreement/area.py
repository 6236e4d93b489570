"""Where two photos agree: cell by cell, after a match has laid one over the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.agreement.canvas import Canvas, canvas_over, sample
from glocal.agreement.cells import STRIDE, CellShifts, find_cells
from glocal.agreement.picture import Picture, Transform
from glocal.arrays import FloatArray, Mask
from glocal.features import Region

SIDE = 256
"""Longest side in pixels of the overlap when its cells are compared."""

GRID = 32
"""Cells of a mask along the longer side of its photo."""

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

_MIDDLE = 0.2
"""Without a region, a cell counts for the thing by a Gaussian of this width (of the sides) around the middle."""

_SOMETHING, _LITTLE, _OTHER_COLOURS = 0.08, 0.3, 14.0
"""Chosen on pairs with 20 inliers or more: of those of unlike packages on one shelf 43 % are denied by this, of unlike
covers on one table 41 %; of right ones 9 and 1 %, and of landmarks 1 % (Toulon) and 9 % (Aix and Orange, in any
light). Of packages kept apart (60 pairs of each kind) it denies 32 % of the unlike ones and 7 % of the right ones."""


@dataclass(frozen=True, eq=False)
class AgreeingArea:
    """Where two photos agree.

    Attributes:
        query_mask: [R, C], a grid of equal cells over the query, `GRID` along its longer side: where it agrees.
        photo_mask: [R', C'], the same over the photo.
        query_share: the part of the query, or of its region, that agrees, 0 to 1.
        photo_share: the part of the photo, 0 to 1.
        colour_difference: how far the colours of the thing asked for (the region, or the middle of the query) are
            from the photo's, in the a-b plane of CIE L*a*b*, once a tint common to what agrees is removed; 0 if one
            of both is black and white.

    Raises:
        ValueError: a number is out of range.
    """

    query_mask: Mask
    photo_mask: Mask
    query_share: float
    photo_share: float
    colour_difference: float

    def __post_init__(self) -> None:
        if not (0 <= self.query_share <= 1 and 0 <= self.photo_share <= 1 and self.colour_difference >= 0):
            raise ValueError(f"shares {self.query_share}, {self.photo_share} or {self.colour_difference} out of range")
        for mask in (self.query_mask, self.photo_mask):
            mask.flags.writeable = False

    def to_dict(self, *, masks: bool) -> dict[str, Any]:
        """Return the shares, and the masks as rows of 0 and 1 if wanted, ready for JSON."""
        shares = {"query_share": round(self.query_share, 4), "photo_share": round(self.photo_share, 4)}
        if not masks:
            return shares
        return {
            **shares,
            "query_mask": self.query_mask.astype(int).tolist(),
            "photo_mask": self.photo_mask.astype(int).tolist(),
        }

    @property
    def denies(self) -> bool:
        """Whether what agrees is not the thing asked for: something does, but the thing has other colours."""
        return _SOMETHING <= self.query_share < _LITTLE and self.colour_difference > _OTHER_COLOURS


def agreeing_area(query: Picture, photo: Picture, transform: Transform, region: Region | None = None) -> AgreeingArea:
    """Return where two photos agree.

    Args:
        query, photo: the photos.
        transform: [3, 3] affine, pixels of the query to pixels of the photo, right to some percent: each cell is
            looked for around the place it gives.
        region: the part of the query that matters, in pixels of the upright query.
    """
    canvas = canvas_over(query, photo, transform, SIDE)
    if canvas is None or min(canvas.size) < 2 * STRIDE:
        return _nowhere(query, photo)
    on_query, seen_query = sample(query.grey, canvas.to_a, canvas.size)
    on_photo, seen_photo = sample(photo.grey, canvas.to_b, canvas.size)
    cells = find_cells(on_query, on_photo)
    structured = _structured(on_query, on_photo, seen_query & seen_photo)
    alike = structured & (cells.correlation >= MIN_CORRELATION) & (cells.strain <= MAX_STRAIN)
    off = _colours_off(query, photo, canvas, cells, alike)
    agrees = alike & (off < _MOST_OFF)
    query_mask, photo_mask = _mask(query, canvas.to_a, agrees), _mask(photo, canvas.to_b, agrees)
    asked = _asked(query, region)
    weights = structured * _weights(query, canvas, agrees.shape, region) * (query.has_colours and photo.has_colours)
    difference = float((weights * off).sum() / weights.sum()) if weights.sum() > 0 else 0.0
    return AgreeingArea(
        query_mask & asked, photo_mask, float(query_mask[asked].mean()), float(photo_mask.mean()), difference
    )


def _nowhere(query: Picture, photo: Picture) -> AgreeingArea:
    return AgreeingArea(np.zeros(_grid(query), np.bool_), np.zeros(_grid(photo), np.bool_), 0.0, 0.0, 0.0)


def _structured(on_query: FloatArray, on_photo: FloatArray, seen: Mask) -> Mask:
    """Return the cells [R, C] of a canvas that both show and that are not plain in one of them."""
    contrast = np.minimum(_contrast(on_query), _contrast(on_photo))
    return np.asarray((_cells(contrast) >= MIN_CONTRAST) & (_cells(_mean(seen.astype(np.float32), _WINDOW)) > 0.6))


def _contrast(picture: FloatArray) -> FloatArray:
    mean, square = _mean(picture, _WINDOW), _mean(picture * picture, _WINDOW)
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)


def _mean(picture: FloatArray, window: int) -> FloatArray:
    return np.asarray(cv2.blur(picture, (window, window)), np.float32)


def _cells(picture: FloatArray) -> FloatArray:
    """Return what a picture has in the middle of each cell."""
    rows, columns = picture.shape[0] // STRIDE, picture.shape[1] // STRIDE
    return picture[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE][:rows, :columns]


def _colours_off(query: Picture, photo: Picture, canvas: Canvas, cells: CellShifts, alike: Mask) -> NDArray[np.float64]:
    """Return how far the colour of each cell is from that in the photo [R, C], a common tint removed."""
    width, height = canvas.size
    of_query = _mean(sample(query.colour, canvas.to_a, canvas.size)[0], STRIDE)
    of_photo = _mean(sample(photo.colour, canvas.to_b, canvas.size)[0], STRIDE)
    rows, columns = np.indices(alike.shape) * STRIDE + STRIDE // 2
    y = np.clip(rows + cells.shift[..., 1], 0, height - 1).astype(int)
    x = np.clip(columns + cells.shift[..., 0], 0, width - 1).astype(int)
    difference = of_photo[y, x] - _cells(of_query)
    reference = difference[alike] if alike.sum() >= 4 else difference.reshape(-1, 2)
    return np.asarray(np.linalg.norm(difference - np.median(reference, axis=0), axis=2), np.float64)


def _grid(picture: Picture) -> tuple[int, int]:
    """Return (rows, columns) of a photo's mask."""
    width, height = picture.size
    return max(1, round(GRID * height / max(width, height))), max(1, round(GRID * width / max(width, height)))


def _mask(picture: Picture, canvas_to_picture: Transform, agrees: Mask) -> Mask:
    """Return the mask over a photo: each of its cells says what the canvas says at its centre."""
    height, width = picture.grey.shape
    rows, columns = _grid(picture)
    x, y = np.meshgrid((np.arange(columns) + 0.5) * width / columns, (np.arange(rows) + 0.5) * height / rows)
    centres = np.stack([x - 0.5, y - 0.5, np.ones_like(x)], axis=-1) @ np.linalg.inv(canvas_to_picture).T
    cell = np.floor((centres[..., :2] + 0.5) / STRIDE).astype(int)
    inside = (cell >= 0).all(axis=2) & (cell[..., 0] < agrees.shape[1]) & (cell[..., 1] < agrees.shape[0])
    mask = np.zeros((rows, columns), np.bool_)
    mask[inside] = agrees[cell[inside][:, 1], cell[inside][:, 0]]
    return mask


def _asked(query: Picture, region: Region | None) -> Mask:
    """Return the cells of the query's mask that are asked for: all, or those with their centre in the region."""
    rows, columns = _grid(query)
    if region is None:
        return np.ones((rows, columns), np.bool_)
    left, top, width, height = region
    x, y = (np.arange(columns) + 0.5) * query.size[0] / columns, (np.arange(rows) + 0.5) * query.size[1] / rows
    asked = ((y >= top) & (y <= top + height))[:, None] & ((x >= left) & (x <= left + width))[None]
    if not asked.any():  # a region smaller than a cell
        asked[np.abs(y - top - height / 2).argmin(), np.abs(x - left - width / 2).argmin()] = True
    return asked


def _weights(query: Picture, canvas: Canvas, shape: tuple[int, ...], region: Region | None) -> NDArray[np.float64]:
    """Return how much each cell of a canvas [R, C] counts for the thing asked for, 0 to 1."""
    rows, columns = np.indices(shape) * STRIDE + (STRIDE - 1) / 2
    photo_from_canvas = np.linalg.inv(query.to_pixels) @ canvas.to_a
    places = np.stack([columns, rows, np.ones(shape)], axis=-1) @ photo_from_canvas.T
    if region is None:
        from_middle = places[..., :2] / np.array(query.size) - 0.5
        return np.asarray(np.exp(-np.square(from_middle).sum(axis=2) / (2 * _MIDDLE**2)), np.float64)
    left, top, width, height = region
    x, y = places[..., 0], places[..., 1]
    return ((x >= left) & (x <= left + width) & (y >= top) & (y <= top + height)).astype(np.float64)

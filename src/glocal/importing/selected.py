"""Local features as the originals select them: cells of all scales that pass a threshold, the strongest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.importing.original import Original

RECEPTIVE_FIELD = 291
PADDING = 145
"""Of every original's boxes, whatever the network's own are (research/delf, feature_extractor.py)."""

_ENOUGH = 1000
_LEAST = 0.1
"""feymanpriv's extractor halves its threshold on a scale until this many cells pass, or it would fall below this."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of the local maps at several scales, row by row.

    Attributes:
        places: [N, 3], number of the scale, row and column of the cell.
        scores: [N] attention.
        descriptors: [N, C], not normalised.
        passing: [N] bool, whether the cell's attention reaches the threshold of its scale.
    """

    places: NDArray[np.int64]
    scores: FloatArray
    descriptors: FloatArray
    passing: NDArray[np.bool_]

    def cutoff(self, most: int) -> float:
        """Return the least attention of the `most` strongest that pass, or 0 if all of them are kept."""
        scores = np.sort(self.scores[self.passing])[::-1]
        return float(scores[most - 1]) if len(scores) > most else 0.0


def all_cells(
    original: Original, picture: NDArray[np.uint8], scales: Sequence[float], threshold: float, *, relaxed: bool
) -> Cells:
    """Return all cells of a picture [H, W, 3] at some scales.

    Args:
        original: the network.
        picture: RGB.
        scales: factors on the picture.
        threshold: least attention.
        relaxed: halve it on scales where too few cells pass, as feymanpriv's extractor does.
    """
    places, scores, descriptors, passing = [], [], [], []
    for number, scale in enumerate(scales):
        seen = original.see(picture, scale)
        attention = seen.raw.attention[0, 0].numpy()
        rows, columns = np.divmod(np.arange(attention.size), attention.shape[1])
        places.append(np.stack([np.full(attention.size, number), rows, columns], axis=1))
        scores.append(attention.ravel())
        descriptors.append(original.local_descriptors(seen))
        least = _relaxed(scores[-1], threshold) if relaxed else threshold
        passing.append(scores[-1] > least if relaxed else scores[-1] >= least)
    return Cells(np.concatenate(places), np.concatenate(scores), np.concatenate(descriptors), np.concatenate(passing))


def _relaxed(scores: FloatArray, threshold: float) -> float:
    """Return the threshold of one scale at which feymanpriv's extractor stops."""
    while np.count_nonzero(scores > threshold) < _ENOUGH and threshold / 2 >= _LEAST:
        threshold /= 2
    return threshold


def boxes_of(places: NDArray[np.int64], scales: Sequence[float], stride: int) -> FloatArray:
    """Return the boxes [N, 4], ymin, xmin, ymax, xmax in pixels of the picture, as the originals write them."""
    corners = places[:, 1:] * stride - PADDING
    boxes = np.concatenate([corners, corners + RECEPTIVE_FIELD - 1], axis=1)
    factors = np.asarray(scales, np.float64)[places[:, 0]]
    return (boxes / factors[:, None]).astype(np.float32)


def places_of(boxes: FloatArray, scales: Sequence[float], stride: int) -> NDArray[np.int64]:
    """Return the cells [N, 3] that boxes are of: the scale by their size, row and column by where they lie."""
    found = (RECEPTIVE_FIELD - 1) / (boxes[:, 2] - boxes[:, 0]).astype(np.float64)
    numbers = np.abs(np.log(found[:, None] / np.asarray(scales, np.float64))).argmin(axis=1)
    factors = np.asarray(scales, np.float64)[numbers]
    cells = (boxes[:, :2] * factors[:, None] + PADDING) / stride
    return np.column_stack([numbers, np.rint(cells).astype(np.int64)])

"""Attention everywhere in a photo, not only where local features are kept: what to judge a model by."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from glocal.arrays import FloatArray
from glocal.extraction.card import LocalMap
from glocal.extraction.pyramid import Level


def dense_attention(levels: Sequence[Level], maps: Sequence[FloatArray], local: LocalMap) -> FloatArray:
    """Return attention [h, w] for every pixel of the last level: the mean over levels.

    Between the centres of cells attention is interpolated bilinearly; beyond the outermost it stays as it is there.

    Args:
        levels: sizes of one photo, one or more.
        maps: attention [rows, columns] of each level.
        local: where the cells of a map lie.
    """
    last = levels[-1]
    size = (last.picture.shape[1], last.picture.shape[0])
    placed = []
    for level, cells in zip(levels, maps, strict=True):
        # Pixel p of the last level is pixel q = (p + 1/2) ratio - 1/2 of this one, and cell (q - offset) / stride.
        ratio = np.array(last.step) / np.array(level.step)
        shift = (ratio / 2 - 0.5 - local.offset) / local.stride
        to_cell = np.column_stack([np.diag(ratio / local.stride), shift])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        placed.append(cv2.warpAffine(cells, to_cell, size, flags=how, borderMode=cv2.BORDER_REPLICATE))
    return np.asarray(np.mean(placed, axis=0), np.float32)

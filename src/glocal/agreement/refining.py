"""Laying two pictures over each other exactly, where a match laid them there to some percent."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from glocal.agreement.canvas import Canvas, sample
from glocal.agreement.cells import STRIDE
from glocal.agreement.compared_cells import ComparedCells
from glocal.agreement.picture import Picture, Transform, mapped

_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)

_LEAST_CELLS = 6
"""Fewest cells that a picture is laid by: twice as many as give a transform."""


def refined(canvas: Canvas, a: Picture, b: Picture) -> Canvas | None:
    """Return a canvas over two pictures, laid on the first one anew by its grey levels.

    By the enhanced correlation coefficient (Evangelidis and Psarakis 2008), affine.

    Returns:
        The canvas; None if it does not converge: the pictures differ.
    """
    on_b, _ = sample(b.grey, canvas.to_b, canvas.size)
    on_a, seen_a = sample(a.grey, canvas.to_a, canvas.size)
    try:
        _, shift = cv2.findTransformECC(
            on_b, on_a, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, _STOP, seen_a.astype(np.uint8), 5
        )
    except cv2.error:
        return None
    return replace(canvas, to_a=canvas.to_a @ np.vstack([shift, [0, 0, 1]]))


def laid_by_cells(found: ComparedCells, a: Picture, b: Picture) -> Transform | None:
    """Return how one photo lies on another by the cells that are alike: moved, turned and scaled.

    By the least median of squares (Rousseeuw 1984), so that half of the cells may lie elsewhere.

    Args:
        found: of the two pictures.
        a, b: the pictures.

    Returns:
        [3, 3], pixels of photo a to pixels of photo b; None: too few are alike.
    """
    rows, columns = np.nonzero(found.alike)
    if len(rows) < _LEAST_CELLS:
        return None
    middles = np.stack([columns, rows], axis=1) * STRIDE + (STRIDE - 1) / 2
    on_a = mapped(middles, np.linalg.inv(a.to_pixels) @ found.canvas.to_a)
    on_b = mapped(middles + found.cells.shift[rows, columns], np.linalg.inv(b.to_pixels) @ found.canvas.to_b)
    laid, _ = cv2.estimateAffinePartial2D(on_a, on_b, method=cv2.LMEDS)
    return None if laid is None else np.vstack([laid, [0.0, 0.0, 1.0]])

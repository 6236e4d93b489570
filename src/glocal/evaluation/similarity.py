"""Inner products that are exact, so that a ranking never depends on threads, block sizes or the machine.

Descriptors of length 1 are rounded to multiples of 2^-24 (all of float16 lies on that grid already; float32
moves by less than 3e-8). A product of two is then a multiple of 2^-48, and sums below 32 of such multiples
are exact in float64, in any order. Equal descriptors therefore always tie, and ties keep database order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import DoubleArray
from glocal.evaluation.errors import EvaluationError

GRID = 2.0**24
LENGTH_TOLERANCE = 0.02
"""How far from 1 a descriptor's length may be: float16 with 2048 dimensions stays well within."""


def on_grid(descriptors: NDArray[np.floating], name: str = "descriptors") -> DoubleArray:
    """Check descriptors and round them to the grid on which inner products are exact.

    Args:
        descriptors: [N, D] float16, float32 or float64, rows of length 1.
        name: what to call them in a message.

    Returns:
        [N, D] float64.

    Raises:
        EvaluationError: not a matrix of floats, values that are not finite, or rows whose length is not 1.
    """
    if descriptors.ndim != 2 or not np.issubdtype(descriptors.dtype, np.floating):
        raise EvaluationError(
            f"{name}: expected floats of shape [photos, dimensions], "
            f"not {descriptors.dtype} of shape {list(descriptors.shape)}"
        )
    rounded = descriptors.astype(np.float64)
    if descriptors.dtype != np.float16:
        rounded *= GRID
        np.rint(rounded, out=rounded)
        rounded /= GRID
    squares = np.einsum("nd,nd->n", rounded, rounded)
    if not np.isfinite(squares).all():
        row = int(np.flatnonzero(~np.isfinite(squares))[0])
        raise EvaluationError(f"{name}: row {row} has values that are not finite; extract it again")
    wrong = np.abs(np.sqrt(squares) - 1.0) > LENGTH_TOLERANCE
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        length = float(np.sqrt(squares[row]))
        raise EvaluationError(f"{name}: row {row} has length {length:.3g}, not 1; divide each row by its length")
    return rounded


def rankings(similarities: DoubleArray) -> NDArray[np.int64]:
    """Return for every row the column numbers, best first; ties keep column order.

    Args:
        similarities: [Q, N] float64.

    Returns:
        [Q, N] int64.
    """
    return np.argsort(-similarities, axis=1, kind="stable")

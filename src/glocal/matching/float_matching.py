"""Mutual nearest neighbours of descriptors kept as floats: for evaluation, beside the binary codes of a search."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray

DISTANCE_STEPS = 1 << 20
"""Steps of a distance of 1: verification takes distances as whole numbers, and only their order counts."""


def mutual_nearest_floats(
    descriptors_a: FloatArray, descriptors_b: FloatArray, farthest: float
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Find the pairs of descriptors that are each other's nearest neighbour by Euclidean distance.

    Of equally near ones the lowest row is the nearest, on both sides.

    Args:
        descriptors_a: [N, C], rows of length 1.
        descriptors_b: [M, C], rows of length 1.
        farthest: pairs farther apart are left out.

    Returns:
        pairs [P, 2] int32 (row of a, row of b), rows of a ascending, and distances [P] int32 in steps.

    Raises:
        ValueError: the descriptors are not of one width.
    """
    if descriptors_a.shape[1] != descriptors_b.shape[1]:
        raise ValueError(f"descriptors of one width are needed, not {descriptors_a.shape} and {descriptors_b.shape}")
    products = descriptors_a @ descriptors_b.T
    nearest, back = products.argmax(axis=1), products.argmax(axis=0)
    rows = np.flatnonzero(back[nearest] == np.arange(len(nearest)))
    # |x - y|^2 = 2 - 2 x.y for rows of length 1, which rounding to 16 bits may put a little above 0 or below.
    distances = np.sqrt(np.maximum(2.0 - 2.0 * products[rows, nearest[rows]], 0.0))
    near = distances <= farthest
    pairs = np.stack([rows, nearest[rows]], axis=1)[near].astype(np.int32)
    return pairs, np.rint(distances[near] * DISTANCE_STEPS).astype(np.int32)

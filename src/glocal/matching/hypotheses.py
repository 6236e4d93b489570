"""Hypotheses of how one photo maps onto another, from one or two correspondences each.

A local feature knows its scale, so a single correspondence between upright photos gives a similarity without
rotation (Philbin et al., "Object retrieval with large vocabularies and fast spatial matching", CVPR 2007,
section 4), and two give one with rotation. So few are possible that all are tried: there is no chance in it.

Points are held as one float64 array [6, M]: x and y in photo a, x and y in photo b, and the squared scales
in a and in b. A transform is [6] float64: (xx, xy, x0, yx, yy, y0).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import DoubleArray
from glocal.compiled import compiled


@compiled
def count_inliers(transform: DoubleArray, points: DoubleArray, tolerance: float) -> int:
    """Count the points [6, M] that `transform` explains: see `is_inlier` for the rule."""
    a, b, c, d, e, f = transform
    area = abs(a * e - b * d)
    x, y, u, v, scale_a, scale_b = points
    count = 0
    for i in range(points.shape[1]):
        mapped = area * scale_a[i]
        right = a * x[i] + b * y[i] + c - u[i]
        down = d * x[i] + e * y[i] + f - v[i]
        near = right * right + down * down < tolerance * tolerance * (mapped + scale_b[i])
        count += near & (mapped < 4.0 * scale_b[i]) & (scale_b[i] < 4.0 * mapped)
    return count


@compiled
def best_hypotheses(points: DoubleArray, tolerance: float, singles: int, paired: int, keep: int) -> DoubleArray:
    """Return the hypotheses with most inliers, best first.

    Args:
        points: [6, M], the most trusted correspondences first.
        tolerance: as for `count_inliers`.
        singles: how many of the first correspondences make a hypothesis alone.
        paired: how many of the first correspondences make one with each other.
        keep: how many hypotheses to return.

    Returns:
        [K, 6] transforms, K <= keep; of equals the one tried first comes first.
    """
    best = np.zeros((keep, 6))
    counts = np.zeros(keep, np.int64)
    hypothesis = np.zeros(6)
    count = points.shape[1]
    for i in range(min(singles, count)):
        scale = np.sqrt(points[5, i] / points[4, i])
        _anchor(hypothesis, scale, 0.0, points[:, i])
        _insert(best, counts, hypothesis, count_inliers(hypothesis, points, tolerance))
    for i in range(min(paired, count)):
        for j in range(i):
            if _from_pair(hypothesis, points[:, i], points[:, j], tolerance):
                _insert(best, counts, hypothesis, count_inliers(hypothesis, points, tolerance))
    found = 0
    while found < keep and counts[found] > 0:
        found += 1
    return best[:found]


@compiled
def _from_pair(hypothesis: DoubleArray, first: DoubleArray, second: DoubleArray, tolerance: float) -> bool:
    """Write the similarity that maps two points of a onto those of b.

    False, and nothing of worth written, if they lie too close for one or if it contradicts their scales.
    """
    x, y = second[0] - first[0], second[1] - first[1]
    u, v = second[2] - first[2], second[3] - first[3]
    length_a, length_b = x * x + y * y, u * u + v * v
    if length_a < tolerance * tolerance * (first[4] + second[4]):
        return False
    for point in (first, second):
        mapped = length_b * point[4]
        if mapped > 4.0 * length_a * point[5] or length_a * point[5] > 4.0 * mapped:
            return False
    _anchor(hypothesis, (x * u + y * v) / length_a, (x * v - y * u) / length_a, first)
    return True


@compiled
def _anchor(hypothesis: DoubleArray, cosine: float, sine: float, point: DoubleArray) -> None:
    """Write the similarity with that (scaled) cosine and sine that maps `point` exactly."""
    hypothesis[0] = cosine
    hypothesis[1] = -sine
    hypothesis[2] = point[2] - cosine * point[0] + sine * point[1]
    hypothesis[3] = sine
    hypothesis[4] = cosine
    hypothesis[5] = point[3] - sine * point[0] - cosine * point[1]


@compiled
def _insert(best: DoubleArray, counts: NDArray[np.int64], hypothesis: DoubleArray, count: int) -> None:
    """Insert `hypothesis` into the list `best`, sorted by falling `counts`, if it belongs there."""
    place = len(counts)
    while place and counts[place - 1] < count:
        place -= 1
        if place + 1 < len(counts):
            counts[place + 1] = counts[place]
            for k in range(6):
                best[place + 1, k] = best[place, k]
    if place < len(counts):
        counts[place] = count
        for k in range(6):
            best[place, k] = hypothesis[k]

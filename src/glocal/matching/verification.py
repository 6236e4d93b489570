"""Geometric verification: which correspondences agree on one transform between two photos.

OpenCV's USAC (MAGSAC++) knows one threshold in pixels for all points, but a feature found in a picture shrunk
to a quarter is located four times more coarsely, and its scale says which transforms are possible at all.
Using both, pairs of held-out landmarks are ranked by inliers with an average precision 0.3 to 0.4 points above
USAC's at its best threshold, in half its time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.compiled import compiled
from glocal.features import LocalGeometry
from glocal.matching.hypotheses import best_hypotheses
from glocal.matching.refinement import refine

MIN_INLIERS = 4
"""One more than an affine transform needs: fewer prove nothing, and no transform is reported."""

TOLERANCE = 8.0
"""Location noise of one feature in pixels of the network's input: half its stride of 16."""

# Chosen on held-out landmarks, where all of these lie on a plateau: twice the pairs or hypotheses kept change
# average precision by less than 0.2 points. Half a correspondence of prior recovers stretches of 4:3 exactly.
_SINGLES = 128
_PAIRED = 32
_KEPT = 5
_ROUNDS = 8
_PRIOR = 0.5


def verify(
    a: LocalGeometry, b: LocalGeometry, pairs: NDArray[np.int32], distances: NDArray[np.int32]
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64]]:
    """Estimate the affine transform that most correspondences agree on.

    Hypotheses come from single features and pairs of them among the correspondences of least distance; the
    best few are refined (see `hypotheses` and `refinement`). Nothing is random.

    Args:
        a: where the features of one photo are.
        b: where those of the other are.
        pairs: [M, 2] int32, row of a and row of b.
        distances: [M] int32, descriptor distances; the nearer are trusted first.

    Returns:
        The transform [3, 3] from pixels of a to pixels of b and the weights [M] of the correspondences, in [0, 1]: how
        well each fits it, 0 for outliers (see `inlier_weights`). (None, all 0) if fewer than `MIN_INLIERS` agree.
    """
    affine, weights = estimate(a.keypoints, a.scales, b.keypoints, b.scales, pairs, distances)
    return transform_matrix(affine) if weights.any() else None, weights


def transform_matrix(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return [6] (xx, xy, x0, yx, yy, y0) as a matrix [3, 3]."""
    return np.vstack([affine.reshape(2, 3), [0.0, 0.0, 1.0]])


@compiled
def estimate(
    keypoints_a: FloatArray,
    scales_a: FloatArray,
    keypoints_b: FloatArray,
    scales_b: FloatArray,
    pairs: NDArray[np.int32],
    distances: NDArray[np.int32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Do what `verify` does, in one piece of machine code: threads run it side by side.

    Returns:
        The transform [6] and the weights [M] of the correspondences, in [0, 1]: how well each fits it, 0 for an outlier
        (see `inlier_weights`). With no inlier the transform means nothing.
    """
    weights = np.zeros(len(pairs))
    if len(pairs) < MIN_INLIERS:
        return np.zeros(6), weights
    order = np.argsort(distances, kind="mergesort")  # stable
    points = np.empty((6, len(pairs)))
    for place in range(len(order)):
        row_a, row_b = pairs[order[place], 0], pairs[order[place], 1]
        points[0, place], points[1, place] = keypoints_a[row_a, 0], keypoints_a[row_a, 1]
        points[2, place], points[3, place] = keypoints_b[row_b, 0], keypoints_b[row_b, 1]
        points[4, place] = np.float64(scales_a[row_a]) * np.float64(scales_a[row_a])
        points[5, place] = np.float64(scales_b[row_b]) * np.float64(scales_b[row_b])
    hypotheses = best_hypotheses(points, TOLERANCE, _SINGLES, _PAIRED, _KEPT)
    affine, sorted_weights = refine(hypotheses, points, TOLERANCE, _PRIOR, _ROUNDS)
    if np.count_nonzero(sorted_weights) >= MIN_INLIERS:
        weights[order] = sorted_weights
    return affine, weights

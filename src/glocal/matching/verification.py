"""Geometric verification: which correspondences agree on one transform between two photos.

OpenCV's USAC (MAGSAC++) knows one threshold in pixels for all points, but a feature found in a picture shrunk
to a quarter is located four times more coarsely, and its scale says which transforms are possible at all.
Using both, pairs of held-out landmarks are ranked by inliers with an average precision 0.3 to 0.4 points above
USAC's at its best threshold, in half its time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
) -> tuple[NDArray[np.float64] | None, NDArray[np.bool_]]:
    """Estimate the affine transform that most correspondences agree on.

    Hypotheses come from single features and pairs of them among the correspondences of least distance; the
    best few are refined (see `hypotheses` and `refinement`). Nothing is random.

    Args:
        a: where the features of one photo are.
        b: where those of the other are.
        pairs: [M, 2] int32, row of a and row of b.
        distances: [M] int32, descriptor distances; the nearer are trusted first.

    Returns:
        The transform [3, 3] from pixels of a to pixels of b and the inliers [M] bool; (None, all False) if
        fewer than `MIN_INLIERS` agree.
    """
    none = np.zeros(len(pairs), np.bool_)
    if len(pairs) < MIN_INLIERS:
        return None, none
    order = np.argsort(distances, kind="stable")
    points = _points(a, b, pairs[order])
    hypotheses = best_hypotheses(points, TOLERANCE, _SINGLES, _PAIRED, _KEPT)
    affine, weights = refine(hypotheses, points, TOLERANCE, _PRIOR, _ROUNDS)
    if np.count_nonzero(weights) < MIN_INLIERS:
        return None, none
    inliers = none.copy()
    inliers[order] = weights > 0
    return np.vstack([affine.reshape(2, 3), [0.0, 0.0, 1.0]]), inliers


def _points(a: LocalGeometry, b: LocalGeometry, pairs: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return [6, M]: x, y in a; x, y in b; squared scales in a and in b."""
    in_a, in_b = pairs[:, 0], pairs[:, 1]
    points = np.empty((6, len(pairs)))
    points[0:2] = a.keypoints[in_a].T
    points[2:4] = b.keypoints[in_b].T
    points[4] = np.square(a.scales[in_a], dtype=np.float64)
    points[5] = np.square(b.scales[in_b], dtype=np.float64)
    return points

"""Several places of one photo that show the thing: a product twice on a shelf.

Sequential verification: what one place explains is taken out, and the rest is matched again (sequential RANSAC:
Vincent and Laganière, "Detecting planar homographies in an image pair", ISPA 2001).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.features import CompactFeatures
from glocal.matching.match import Match, match_features

MOST_PLACES = 10
"""Rounds of matching at most."""

_SHARED = 0.5
"""Least part of a further place's points, in the query, that the first place shows as well. A part of the thing that
one affine transform does not explain lies beside the first place, and is no second one."""


def further_places(
    a: CompactFeatures, b: CompactFeatures, first: Match, enough: Callable[[float], bool]
) -> list[Match]:
    """Return the matches of further places of b that show the same part of a as the first, as they are found.

    Args:
        a: features of the query.
        b: features of the photo.
        first: the match of both, proved.
        enough: whether so much support is more than chance gives: each place stands by itself.
    """
    left, hull = np.arange(len(b)), _hull(first, b)
    outline, found = hull, []
    for _ in range(MOST_PLACES):
        left = left[~inside(hull, b.keypoints[left])]
        match = match_features(a, b.only(left))
        if not enough(match.support) or first.transform is None:
            break
        pairs = np.column_stack([match.correspondences[:, 0], left[match.correspondences[:, 1]]]).astype(np.int32)
        match = replace(match, correspondences=pairs)
        hull = _hull(match, b)
        points = a.keypoints[pairs[match.inliers, 0]] @ first.transform[:2, :2].T + first.transform[:2, 2]
        if inside(outline, points).mean() >= _SHARED:
            found.append(match)
    return found


def inside(hull: FloatArray, points: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Say of points [N, 2] whether they lie in a convex polygon [C, 2], its border included: [N] bool."""
    sides = np.roll(hull, -1, axis=0) - hull
    offsets = points[:, None] - hull
    turns = sides[:, 0] * offsets[:, :, 1] - sides[:, 1] * offsets[:, :, 0]
    slack = 1e-3 * np.maximum(np.abs(sides).sum(axis=1), 1.0)
    return np.asarray((turns >= -slack).all(axis=1) | (turns <= slack).all(axis=1), np.bool_)


def _hull(match: Match, b: CompactFeatures) -> FloatArray:
    """Return the convex hull [C, 2] of the inliers in b."""
    points = b.keypoints[match.correspondences[match.inliers, 1]]
    return np.asarray(cv2.convexHull(np.ascontiguousarray(points, np.float32))[:, 0], np.float32)

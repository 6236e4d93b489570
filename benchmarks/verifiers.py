"""Geometric verification by four methods, each from the features of two photos to what was found in common."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from skimage.measure import ransac
from skimage.transform import AffineTransform

from glocal.features import CompactFeatures, Features
from glocal.matching import FARTHEST, match_features, verify

DISTANCE, RESIDUAL, TRIALS = 1.0, 20.0, 1000
"""DELG's flags in tensorflow/models: delg/perform_retrieval.py and image_reranking.py."""


class Found(NamedTuple):
    """Correspondences of two photos, and how many of them agree with one transform."""

    inliers: int
    correspondences: int


def ours(a: CompactFeatures, b: CompactFeatures) -> Found:
    """Binary codes, mutual nearest neighbours, all hypotheses from one and two features."""
    match = match_features(a, b)
    return Found(match.inlier_count, len(match))


def tensorflow(a: Features, b: Features) -> Found:
    """Verify as image_reranking.py of the public TensorFlow DELG does, one thread, seed 0."""
    distances, nearest = cKDTree(b.descriptors).query(a.descriptors, distance_upper_bound=DISTANCE)
    found = np.flatnonzero(np.isfinite(distances))
    if len(found) <= 3:
        return Found(0, len(found))
    points = (a.keypoints[found].astype(np.float64), b.keypoints[nearest[found]].astype(np.float64))
    _, inliers = ransac(points, AffineTransform, 3, RESIDUAL, max_trials=TRIALS, rng=0)  # type: ignore[no-untyped-call]
    return Found(0 if inliers is None else int(np.count_nonzero(inliers)), len(found))


def opencv(a: CompactFeatures, b: CompactFeatures) -> Found:
    """Brute-force Hamming with cross-check, our bound on distance, then USAC (MAGSAC++) affine."""
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(a.codes, b.codes)
    near = [match for match in matches if match.distance <= FARTHEST * 8 * a.codes.shape[1]]
    if len(near) <= 3:
        return Found(0, len(near))
    _, inliers = cv2.estimateAffine2D(
        a.keypoints[[match.queryIdx for match in near]],
        b.keypoints[[match.trainIdx for match in near]],
        method=cv2.USAC_MAGSAC,
        ransacReprojThreshold=RESIDUAL,
        maxIters=TRIALS,
        confidence=0.999,
    )
    return Found(0 if inliers is None else int(np.count_nonzero(inliers)), len(near))


def matrix_product(a: Features, b: Features) -> Found:
    """Mutual nearest neighbours of float32 descriptors by one matrix product, then our verification.

    The bound on the angle is that on our codes: each bit differs with probability angle / pi (Charikar, STOC 2002).
    """
    if not len(a) or not len(b):
        return Found(0, 0)
    similarity = a.descriptors @ b.descriptors.T
    pairs = _mutual(similarity)
    values = similarity[pairs[:, 0], pairs[:, 1]]
    near = values >= math.cos(math.pi * FARTHEST)
    distances = np.round((1 - values[near]) * 2**20).astype(np.int32)
    _, weights = verify(a, b, pairs[near], distances)
    return Found(int(np.count_nonzero(weights)), len(weights))


def _mutual(similarity: NDArray[np.float32]) -> NDArray[np.int32]:
    forward, backward = similarity.argmax(axis=1), similarity.argmax(axis=0)
    rows = np.flatnonzero(backward[forward] == np.arange(len(forward)))
    return np.stack([rows, forward[rows]], axis=1).astype(np.int32)

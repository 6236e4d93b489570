"""Features of the same photos from two codes, compared one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.exchange.feature_files import feature_names, read_features
from glocal.evaluation.exchange.float_features import PhotoFeatures

NEAR = 1.0
"""Pixels of what the network saw within which two features are at the same place."""

_SCALE = 0.02
"""Relative difference of scales that are the same: those of pyramids are rounded to whole pixels."""


@dataclass(frozen=True)
class FeatureComparison:
    """How alike two sets of features of one photo are.

    Attributes:
        name: of the photo.
        similarity: cosine of the global descriptors, or None if one lacks it.
        counts: local features of the first and the second.
        shared: those at the same place and scale in both.
        position: largest difference of shared features in pixels of the photo; None without any, as the following.
        score: the same of their scores, relative to the largest.
        descriptor: largest difference of a number of their descriptors at length 1.
    """

    name: str
    similarity: float | None
    counts: tuple[int, int]
    shared: int
    position: float | None
    score: float | None
    descriptor: float | None


def compare_features(first: Path, second: Path) -> Iterator[FeatureComparison]:
    """Yield a comparison of each photo that both have, by name without suffix.

    Args:
        first: folder of DELF files, or HDF5 file.
        second: the same of another code.

    Raises:
        EvaluationError: they share no photo, cannot be read, or have descriptors of two lengths.
    """
    ours, theirs = ({str(Path(name).with_suffix("")): name for name in feature_names(path)} for path in (first, second))
    shared = sorted(ours.keys() & theirs.keys())
    if not shared:
        raise EvaluationError(f"{first} and {second} have no photo in common; names are paths from the photos' folder")
    for name in shared:
        a, b = read_features(first, ours[name]), read_features(second, theirs[name])
        try:
            yield compare_photo(name, a, b)
        except ValueError as error:
            raise EvaluationError(f"{name}: {error} in {first} and {second}; compare features of one model") from error


def compare_photo(name: str, a: PhotoFeatures, b: PhotoFeatures) -> FeatureComparison:
    """Compare two sets of features of one photo.

    Raises:
        ValueError: descriptors have two lengths.
    """
    similarity, counts = None, (len(a.scores), len(b.scores))
    if a.global_descriptor is not None and b.global_descriptor is not None:
        if len(a.global_descriptor) != len(b.global_descriptor):
            raise ValueError(
                f"global descriptors have {len(a.global_descriptor)} and {len(b.global_descriptor)} values"
            )
        similarity = float(_unit(a.global_descriptor[None])[0] @ _unit(b.global_descriptor[None])[0])
    if 0 in counts:
        return FeatureComparison(name, similarity, counts, 0, None, None, None)
    if a.descriptors.shape[1] != b.descriptors.shape[1]:
        raise ValueError(f"local descriptors have {a.descriptors.shape[1]} and {b.descriptors.shape[1]} values")
    i, j = _same_places(a, b)
    if not len(i):
        return FeatureComparison(name, similarity, counts, 0, None, None, None)
    return FeatureComparison(
        name,
        similarity,
        counts,
        len(i),
        float(np.linalg.norm(a.keypoints[i] - b.keypoints[j], axis=1).max()),
        float(np.abs(a.scores[i] - b.scores[j]).max() / max(float(np.abs(b.scores).max()), 1e-12)),
        float(np.abs(_unit(a.descriptors[i]) - _unit(b.descriptors[j])).max()),
    )


def _same_places(a: PhotoFeatures, b: PhotoFeatures) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of features that are each other's nearest, near enough and of one scale."""
    distances = np.linalg.norm(a.keypoints[:, None] - b.keypoints[None], axis=2) / b.scales
    other_scale = np.abs(np.log(a.scales[:, None] / b.scales)) > _SCALE
    distances[other_scale | (distances > NEAR)] = np.inf
    nearest = distances.argmin(axis=1)
    rows = np.arange(len(nearest))
    mutual = np.isfinite(distances[rows, nearest]) & (distances.argmin(axis=0)[nearest] == rows)
    return rows[mutual], nearest[mutual]


def _unit(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-12), np.float32)

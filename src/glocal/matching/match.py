"""Match two photos by their local features: correspondences, and the geometry that proves them."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.compiled import Words, compiled
from glocal.cores import available_cores
from glocal.features import CompactFeatures, LocalGeometry
from glocal.matching.float_matching import mutual_nearest_floats
from glocal.matching.hamming import code_words, mutual_pairs, require_one_width
from glocal.matching.same_frame import (
    MOST_SHIFT_NEARLY,
    Size,
    as_floats,
    corner_shift,
    look_within,
    only_the_frame_agrees,
    placed,
)
from glocal.matching.verification import TOLERANCE, estimate, transform_matrix

_AT_ONCE = 8
"""Candidates that a thread takes at once: each is matched in less time than it takes to hand over a few."""

FARTHEST = 0.3125
"""Correspondences whose codes differ in more than this part of their bits (40 of 128) are dropped. Nearest
neighbours among 1000 unrelated random codes lie some 45 bits apart."""

_IDENTITY = np.array([1.0, 0.0, 0.0, 0.0, 1.0, 0.0])


@dataclass(frozen=True, eq=False)
class Match:
    """What two photos have in common.

    Attributes:
        correspondences: [M, 2] int32, row of a and row of b: mutual nearest neighbours.
        inliers: [M] bool, the correspondences that agree with `transform`.
        transform: [3, 3] float64, pixels of a to pixels of b; None if nothing was verified.
        support: what the inliers are worth as evidence, 0 to their number: each counts 1 if it fits exactly, less the
            farther it is off, 0 at the tolerance. Right pairs differ from chance more by it than by the number of
            inliers. It is 0 if only a common frame agrees (see `same_frame`).

    Raises:
        ValueError: the shapes do not fit, there are inliers without a transform, or more support than inliers.
    """

    correspondences: NDArray[np.int32]
    inliers: NDArray[np.bool_]
    transform: NDArray[np.float64] | None
    support: float

    def __post_init__(self) -> None:
        count = len(self.inliers)
        if self.correspondences.shape != (count, 2) or self.inliers.shape != (count,):
            raise ValueError(f"{self.correspondences.shape} correspondences, {self.inliers.shape} inliers")
        if self.transform is None and self.inliers.any():
            raise ValueError("inliers need a transform")
        if self.transform is not None and self.transform.shape != (3, 3):
            raise ValueError(f"a transform is [3, 3], not {self.transform.shape}")
        if not 0 <= self.support <= self.inlier_count + 1e-6:
            raise ValueError(f"{self.inlier_count} inliers cannot be worth {self.support}")
        for array in (self.correspondences, self.inliers, self.transform):
            if array is not None:
                array.flags.writeable = False

    def __len__(self) -> int:
        """Return the number of correspondences M."""
        return len(self.inliers)

    @property
    def inlier_count(self) -> int:
        """The number of correspondences that agree with the transform."""
        return int(np.count_nonzero(self.inliers))

    def inlier_points(self, a: LocalGeometry, b: LocalGeometry) -> NDArray[np.float32]:
        """Return the inliers' keypoints, [I, 4]: x, y in pixels of a, x, y in pixels of b.

        Args:
            a: where the features of the first photo are.
            b: where those of the second are.
        """
        rows = self.correspondences[self.inliers]
        return np.hstack([a.keypoints[rows[:, 0]], b.keypoints[rows[:, 1]]])


FARTHEST_FLOAT = 1.0
"""The same for descriptors kept as floats: their Euclidean distance (TensorFlow DELG, default of perform_retrieval)."""


def match_features(a: CompactFeatures, b: CompactFeatures) -> Match:
    """Find the mutual nearest neighbours of two photos and verify them with geometry.

    The result depends on nothing but the features: not on chance, threads or other photos.

    Raises:
        ValueError: the codes of a and b differ in width or kind.
    """
    return _match(a, _prepared(a), b)


def _prepared(a: CompactFeatures) -> Words | FloatArray:
    """Return the descriptors as matching reads them."""
    return code_words(a.codes) if a.kind == "binary" else a.floats()


def _match(a: CompactFeatures, prepared: Words | FloatArray, b: CompactFeatures) -> Match:
    if a.kind != b.kind:
        raise ValueError(f"{a.kind} and {b.kind} descriptors cannot be compared")
    if not len(a) or not len(b):
        return Match(np.empty((0, 2), np.int32), np.empty(0, np.bool_), None, 0.0)
    if a.kind == "binary":
        return _match_codes(a, prepared, b)  # type: ignore[arg-type]  # of this kind they are words
    pairs, distances = mutual_nearest_floats(prepared, b.floats(), FARTHEST_FLOAT)  # type: ignore[arg-type]
    affine, weights = estimate(a.keypoints, a.scales, b.keypoints, b.scales, pairs, distances)
    transform = transform_matrix(affine) if weights.any() else None
    return Match(pairs, weights > 0, transform, float(weights.sum()))


def _match_codes(a: CompactFeatures, words_a: Words, b: CompactFeatures) -> Match:
    require_one_width(a.codes, b.codes)
    farthest = int(FARTHEST * 8 * a.codes.shape[1])
    words_b = code_words(b.codes)
    places_a, places_b = (a.keypoints, a.scales, a.attention), (b.keypoints, b.scales, b.attention)
    sizes = as_floats(a.image_size), as_floats(b.image_size)
    asked = np.zeros((0, 4)) if a.region is None else np.array([a.region], np.float64)
    pairs, affine, weights, support = _matched(words_a, words_b, farthest, places_a, places_b, sizes, asked)
    return Match(pairs, weights > 0, transform_matrix(affine) if weights.any() else None, support)


@compiled
def _matched(
    words_a: Words,
    words_b: Words,
    farthest: int,
    places_a: tuple[FloatArray, FloatArray, FloatArray],
    places_b: tuple[FloatArray, FloatArray, FloatArray],
    sizes: tuple[Size, Size],
    asked: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], float]:
    """Match and verify in one piece: while it runs, the interpreter is free for another thread's next candidate.

    `asked` is [0, 4], or [1, 4] with the region of a.
    """
    (keypoints_a, scales_a, attention_a), (keypoints_b, scales_b, attention_b) = places_a, places_b
    pairs, distances = mutual_pairs(words_a, words_b, farthest)
    affine, weights = estimate(keypoints_a, scales_a, keypoints_b, scales_b, pairs, distances)
    support = weights.sum()
    shift = corner_shift(affine, sizes[0], sizes[1])
    if support > 0.0 and shift <= MOST_SHIFT_NEARLY:
        placed_a = placed(keypoints_a, scales_a, attention_a, affine)
        placed_b = placed(keypoints_b, scales_b, attention_b, _IDENTITY)
        size = sizes[1]
        if len(asked):
            size, rows = look_within(asked[0], affine, placed_a, placed_b)
            words_b, placed_b = words_b[:, rows], placed_b[:, rows]
        if only_the_frame_agrees(words_a, words_b, placed_a, placed_b, size, TOLERANCE, shift):
            support = 0.0
    return pairs, affine, weights, support


def match_many(a: CompactFeatures, candidates: Iterable[CompactFeatures], *, workers: int | None = None) -> list[Match]:
    """Match one photo with each candidate, several at a time.

    Args:
        a: features of the query.
        candidates: features of the candidates.
        workers: number of threads; None: one per processor.

    Returns:
        One match per candidate, in their order, each as `match_features` gives it.

    Raises:
        ValueError: the codes of a and a candidate differ in width or kind.
    """
    words, left = _prepared(a), iter(candidates)
    parts = iter(lambda: list(islice(left, _AT_ONCE)), [])
    with ThreadPoolExecutor(workers or available_cores()) as pool:
        return list(chain.from_iterable(pool.map(lambda part: [_match(a, words, b) for b in part], parts)))

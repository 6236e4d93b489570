"""mAP of ways to re-rank, on photos whose identity is known: each query is searched among all other photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import verifiers
from glocal.arrays import FloatArray
from glocal.evaluation.measures.average_precision import average_precision
from glocal.features import CompactFeatures, Features
from glocal.matching import Calibration

Verify = Callable[[int, int], verifiers.Found]
"""(row of the query, row of a candidate) to what they have in common."""

Score = Callable[[int, int], float]
"""(row of the query, row of a candidate) to what candidates are sorted by; equals keep the global order."""

THREADS = 2


@dataclass(frozen=True, eq=False)
class LabelledPhotos:
    """Photos with features and the identity of each.

    Attributes:
        features: one per photo.
        identities: [P], equal where two photos show the same thing.
        queries: rows of the photos that are searched with.
        similarity: [P, P] float32, inner products of the global descriptors.
    """

    features: tuple[Features, ...]
    identities: NDArray[np.str_]
    queries: tuple[int, ...]
    similarity: FloatArray

    def sampled(self, count: int) -> LabelledPhotos:
        """Return the same photos with about `count` of the queries, evenly spaced."""
        every = max(1, len(self.queries) // count)
        return LabelledPhotos(self.features, self.identities, self.queries[::every][:count], self.similarity)


def label(features: Mapping[Path, Features], folder: Path, queries: str) -> LabelledPhotos:
    """Name the identity of photos of a folder per identity.

    Args:
        features: of some or all of the photos in it.
        folder: its subfolders are identities.
        queries: pattern of the identities that are searched for; photos of the others are distractors.
    """
    paths = sorted(features)
    identities = [path.relative_to(folder.absolute()).parts[0] for path in paths]
    vectors = np.stack([features[path].global_descriptor for path in paths])
    return LabelledPhotos(
        features=tuple(features[path] for path in paths),
        identities=np.array(identities),
        queries=tuple(
            row for row, name in enumerate(identities) if fnmatch(name, queries) and identities.count(name) > 1
        ),
        similarity=vectors @ vectors.T,
    )


def ours(codes: Sequence[CompactFeatures]) -> Verify:
    """Return our verification of the photos that have these codes, in their order."""
    return lambda a, b: verifiers.ours(codes[a], codes[b])


def by_inliers(verify: Verify) -> Score:
    """Return the score that is the number of inliers."""
    return lambda a, b: verify(a, b).inliers


def by_probability(verify: Verify, photos: LabelledPhotos, calibration: Calibration) -> Score:
    """Return the score that a search sorts by, unless told otherwise: the probability of the same thing."""
    return lambda a, b: calibration.probability(float(photos.similarity[a, b]), *verify(a, b))


def mean_average_precision(photos: LabelledPhotos, score: Score | None, depth: int) -> float:
    """Return the mAP in percent when the first `depth` candidates are sorted by `score`; None: not re-ranked."""

    def one(query: int) -> float:
        order = np.argsort(-photos.similarity[query], kind="stable")
        order = order[order != query]
        if score is not None:
            scores = np.array([score(query, int(row)) for row in order[:depth]])
            order[:depth] = order[:depth][np.argsort(-scores, kind="stable")]
        return average_precision(np.flatnonzero(photos.identities[order] == photos.identities[query]))

    with ThreadPoolExecutor(THREADS) as pool:
        return 100 * float(np.nanmean(list(pool.map(one, photos.queries))))

"""Rankers that look at local features: the paper's, a calibrated one, and one that mixes both scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from glocal.arrays import DoubleArray, IntArray
from glocal.evaluation.measures import INLIER_CAP, SIMILARITY_WEIGHT
from glocal.features import CompactFeatures
from glocal.matching import Calibration, background_of, match_many


class Verifier:
    """Matches queries against database photos; what was counted once is remembered, 32 bytes a pair.

    Protocols re-rank much the same photos, so the second and third cost little.
    """

    def __init__(self, queries: Sequence[CompactFeatures], database: Callable[[int], CompactFeatures]) -> None:
        """Take the local features of the queries, and a way to get those of a database row."""
        self._queries, self._database = queries, database
        self._known: dict[int, tuple[IntArray, DoubleArray]] = {}  # of a query: rows in order, and their counts

    @property
    def pairs(self) -> int:
        """How many pairs of photos were matched."""
        return sum(len(rows) for rows, _ in self._known.values())

    def counts(self, query: int, rows: IntArray) -> DoubleArray:
        """Match one query against database rows.

        Args:
            query: number of the query.
            rows: [M] int64.

        Returns:
            [M, 3] float64: inliers, their support, and correspondences, in the order of the rows.
        """
        known, counts = self._known.get(query, _NOTHING)
        new = np.setdiff1d(rows, known)
        if new.size:
            matches = match_many(self._queries[query], [self._database(row) for row in new.tolist()])
            found = np.array([(match.inlier_count, match.support, len(match)) for match in matches], np.float64)
            known, counts = np.concatenate([known, new]), np.concatenate([counts, found])
            order = np.argsort(known)
            known, counts = self._known[query] = known[order], counts[order]
        return counts[np.searchsorted(known, rows)]

    def inliers(self, query: int, rows: IntArray) -> IntArray:
        """Return the number of inliers with each row, [M] int64."""
        return self.counts(query, rows)[:, 0].astype(np.int64)

    def known_inliers(self, query: int, row: int) -> int | None:
        """Return the inliers of a pair that was matched, else None."""
        known, counts = self._known.get(query, _NOTHING)
        place = int(np.searchsorted(known, row))
        return int(counts[place, 0]) if place < len(known) and known[place] == row else None


_NOTHING: tuple[IntArray, DoubleArray] = np.empty(0, np.int64), np.empty((0, 3))


class InlierRanker:
    """The paper's re-ranking: by inliers; equal ones stay in the order of similarity (DELG, section 4.1)."""

    sees_junk = False

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def scores(self, query: int, rows: IntArray, similarities: DoubleArray) -> DoubleArray:  # noqa: ARG002
        """Score by inliers; see `Ranker.scores`."""
        return self._verifier.inliers(query, rows).astype(np.float64)


class ProbabilityRanker:
    """By the calibrated probability that both photos show the same thing."""

    sees_junk = False

    def __init__(self, verifier: Verifier, calibration: Calibration) -> None:
        self._verifier, self._calibration = verifier, calibration

    def scores(self, query: int, rows: IntArray, similarities: DoubleArray) -> DoubleArray:
        """Score by probability; see `Ranker.scores`."""
        counts = self._verifier.counts(query, rows).tolist()
        background = background_of(similarities.tolist())
        return np.array(
            [
                self._calibration.probability(float(similarity), support, int(correspondences), background)
                for similarity, (_, support, correspondences) in zip(similarities, counts, strict=True)
            ]
        )


class MixingRanker:
    """By min(cap, inliers) / cap + weight * similarity.

    Source: the score of landmark recognition in DELG, section 5.3, with cap 70 and weight 0.25.
    """

    sees_junk = False

    def __init__(self, verifier: Verifier, cap: int = INLIER_CAP, weight: float = SIMILARITY_WEIGHT) -> None:
        self._verifier, self._cap, self._weight = verifier, cap, weight

    def scores(self, query: int, rows: IntArray, similarities: DoubleArray) -> DoubleArray:
        """Score by the mixture; see `Ranker.scores`."""
        inliers = np.minimum(self._verifier.inliers(query, rows), self._cap)
        return inliers / self._cap + self._weight * similarities

"""Rankers that look at local features: the paper's, a calibrated one, and one that mixes both scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from glocal.evaluation.measures import INLIER_CAP, SIMILARITY_WEIGHT
from glocal.features import CompactFeatures
from glocal.matching import Calibration, Match, match_many

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class Verifier:
    """Matches queries against database photos; what was matched once is remembered.

    Protocols re-rank much the same photos, so the second and third cost little.
    """

    def __init__(self, queries: Sequence[CompactFeatures], database: Callable[[int], CompactFeatures]) -> None:
        """Take the local features of the queries, and a way to get those of a database row."""
        self._queries, self._database = queries, database
        self._known: dict[tuple[int, int], Match] = {}

    @property
    def pairs(self) -> int:
        """How many pairs of photos were matched."""
        return len(self._known)

    def matches(self, query: int, rows: IntArray) -> list[Match]:
        """Match one query against database rows.

        Args:
            query: number of the query.
            rows: [M] int64.

        Returns:
            M matches, in the order of the rows.
        """
        new = [row for row in rows.tolist() if (query, row) not in self._known]
        found = match_many(self._queries[query], [self._database(row) for row in new])
        self._known.update({(query, row): match for row, match in zip(new, found, strict=True)})
        return [self._known[query, row] for row in rows.tolist()]

    def inliers(self, query: int, rows: IntArray) -> IntArray:
        """Return the number of inliers with each row, [M] int64."""
        return np.array([match.inlier_count for match in self.matches(query, rows)], np.int64)

    def known_inliers(self, query: int, row: int) -> int | None:
        """Return the inliers of a pair that was matched, else None."""
        match = self._known.get((query, row))
        return None if match is None else match.inlier_count


class InlierRanker:
    """The paper's re-ranking: by inliers; equal ones stay in the order of similarity (DELG, section 4.1)."""

    sees_junk = False

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def scores(self, query: int, rows: IntArray, similarities: FloatArray) -> FloatArray:  # noqa: ARG002
        """Score by inliers; see `Ranker.scores`."""
        return self._verifier.inliers(query, rows).astype(np.float64)


class ProbabilityRanker:
    """By the calibrated probability that both photos show the same thing."""

    sees_junk = False

    def __init__(self, verifier: Verifier, calibration: Calibration) -> None:
        self._verifier, self._calibration = verifier, calibration

    def scores(self, query: int, rows: IntArray, similarities: FloatArray) -> FloatArray:
        """Score by probability; see `Ranker.scores`."""
        matches = self._verifier.matches(query, rows)
        return np.array(
            [
                self._calibration.probability(float(similarity), match.support, len(match))
                for similarity, match in zip(similarities, matches, strict=True)
            ]
        )


class MixingRanker:
    """By min(cap, inliers) / cap + weight * similarity.

    Source: the score of landmark recognition in DELG, section 5.3, with cap 70 and weight 0.25.
    """

    sees_junk = False

    def __init__(self, verifier: Verifier, cap: int = INLIER_CAP, weight: float = SIMILARITY_WEIGHT) -> None:
        self._verifier, self._cap, self._weight = verifier, cap, weight

    def scores(self, query: int, rows: IntArray, similarities: FloatArray) -> FloatArray:
        """Score by the mixture; see `Ranker.scores`."""
        inliers = np.minimum(self._verifier.inliers(query, rows), self._cap)
        return inliers / self._cap + self._weight * similarities

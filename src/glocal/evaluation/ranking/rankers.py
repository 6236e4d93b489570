"""Rankers on global descriptors. A ranker gives new scores to the first photos of one query's ranking.

Those that also look at local features are in `glocal.evaluation.ranking.local_rankers`.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import DoubleArray, IntArray
from glocal.evaluation.similarity import on_grid


class Ranker(Protocol):
    """The one interface of all rankers."""

    @property
    def sees_junk(self) -> bool:
        """Whether junk takes part, as in a real search; local re-ranking is measured without it."""
        ...

    def scores(self, query: int, rows: IntArray, similarities: DoubleArray) -> DoubleArray:
        """Score photos of one query; larger is better.

        Args:
            query: number of the query.
            rows: [M] int64 database rows, best first.
            similarities: [M] float64, their similarities so far, descending.

        Returns:
            [M] float64.
        """
        ...


class AlphaQueryExpansion:
    """Search again with the query averaged with its first neighbours, each weighted by similarity^alpha.

    Source: Radenović, Tolias, Chum, "Fine-tuning CNN image retrieval with no human annotation", TPAMI 2019
    (alpha = 3; neighbours are tuned per set, 10 is common).
    """

    sees_junk = True

    def __init__(
        self,
        queries: NDArray[np.floating],
        database: NDArray[np.floating],
        neighbours: int = 10,
        alpha: float = 3.0,
    ) -> None:
        self._queries, self._database = on_grid(queries), on_grid(database)
        self._neighbours, self._alpha = neighbours, alpha

    def scores(self, query: int, rows: IntArray, similarities: DoubleArray) -> DoubleArray:
        """Score photos against the expanded query; see `Ranker.scores`."""
        near = self._database[rows[: self._neighbours]]
        weights = np.maximum(similarities[: self._neighbours], 0.0) ** self._alpha
        expanded = self._queries[query] + weights @ near
        scores: DoubleArray = self._database[rows] @ (expanded / np.linalg.norm(expanded))
        return scores


class DatabaseAugmentation:
    """Replace each database descriptor by its average with its neighbours, weighted by similarity^alpha.

    Source: Turcot and Lowe, ICCVW 2009; weights as in alpha query expansion (Gordo et al., IJCV 2017, average
    the neighbours in the same spirit). Costs one product of the database with itself.
    """

    sees_junk = True

    def __init__(
        self,
        queries: NDArray[np.floating],
        database: NDArray[np.floating],
        neighbours: int = 10,
        alpha: float = 3.0,
    ) -> None:
        self._queries = on_grid(queries)
        exact = on_grid(database)
        self._database = np.empty_like(exact)
        for start in range(0, len(exact), 1024):
            block = exact[start : start + 1024]
            similarities = block @ exact.T
            weights = _strongest(similarities, neighbours + 1) ** alpha
            augmented = weights @ exact
            self._database[start : start + 1024] = augmented / np.linalg.norm(augmented, axis=1, keepdims=True)

    def scores(self, query: int, rows: IntArray, similarities: DoubleArray) -> DoubleArray:  # noqa: ARG002
        """Score augmented photos against the query; see `Ranker.scores`."""
        scores: DoubleArray = self._database[rows] @ self._queries[query]
        return scores


class TopRefinement:
    """Refine the first photos by one another, then the query by the best of them (SuperGlobal).

    Each photo becomes the weighted mean of itself (weight 1) and its `neighbours` nearest among the first
    photos (weight beta * similarity); the query's second form is the element-wise maximum of the best
    neighbours + 1 refined photos. The score is the mean of both queries' similarities.

    Source: Shao, Chen, Karpur, Cui, Araujo, Cao, "Global features are all you need for image retrieval and
    reranking", ICCV 2023, section 3.3 and its code: M = 400, K = 9, beta = 0.15.
    """

    sees_junk = True

    def __init__(
        self,
        queries: NDArray[np.floating],
        database: NDArray[np.floating],
        neighbours: int = 9,
        beta: float = 0.15,
    ) -> None:
        self._queries, self._database = on_grid(queries), on_grid(database)
        self._neighbours, self._beta = neighbours, beta

    def scores(self, query: int, rows: IntArray, similarities: DoubleArray) -> DoubleArray:  # noqa: ARG002
        """Score refined photos against both forms of the query; see `Ranker.scores`."""
        photos = self._database[rows]
        among = photos @ photos.T
        # A photo is its own nearest, with weight 1 whatever its rounding.
        np.fill_diagonal(among, np.inf)
        weights = _strongest(among, self._neighbours + 1) * self._beta
        np.fill_diagonal(weights, 1.0)
        refined = (weights @ photos) / weights.sum(axis=1, keepdims=True)
        first = refined @ self._queries[query]
        best = np.argsort(-first, kind="stable")[: self._neighbours + 1]
        second = refined @ refined[best].max(axis=0)
        scores: DoubleArray = (first + second) / 2
        return scores


def _strongest(similarities: DoubleArray, count: int) -> DoubleArray:
    """Return the similarities with all but the `count` largest of each row, and any below 0, set to 0."""
    kept = np.zeros_like(similarities)
    columns = np.argsort(-similarities, axis=1, kind="stable")[:, :count]
    values = np.maximum(np.take_along_axis(similarities, columns, axis=1), 0.0)
    np.put_along_axis(kept, columns, values, axis=1)
    return kept

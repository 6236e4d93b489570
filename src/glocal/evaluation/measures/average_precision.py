"""The measures of the revisited Oxford and Paris protocol, on ranks counted from zero.

Source: Radenović, Iscen, Tolias, Avrithis, Chum, "Revisiting Oxford and Paris", CVPR 2018, and the code
published with it; mR@k as in the code published with DELG (Cao, Araujo, Sim, ECCV 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import DoubleArray, IntArray

CUTOFFS = (1, 5, 10)
"""The k of mP@k and mR@k that papers report."""


def shift_junk(ranks: IntArray, junk: IntArray) -> IntArray:
    """Return the ranks that remain once junk is taken out of the ranking.

    Args:
        ranks: [P] int64, ranks of positive photos, ascending, counted from zero.
        junk: [J] int64, ranks of junk photos in the same ranking, ascending; disjoint from `ranks`.

    Returns:
        [P] int64: each rank less the number of junk photos before it.
    """
    return ranks - np.searchsorted(junk, ranks)


def average_precision(ranks: IntArray, positives: int | None = None) -> float:
    """Return the area under the precision-recall curve by the trapezoidal rule.

    Each positive adds (precision just before it + precision at it) / 2, times the recall step; before the
    first photo of a ranking the precision counts as 1.

    Args:
        ranks: [P] int64, ranks of the positives found, ascending, counted from zero, junk taken out.
        positives: how many positives there are; those that were not found add nothing. By default P.

    Returns:
        A number in [0, 1]; NaN where there are no positives.

    Raises:
        ValueError: more ranks than positives.
    """
    count = len(ranks) if positives is None else positives
    if len(ranks) > count:
        raise ValueError(f"{len(ranks)} ranks for {count} positives")
    if count == 0:
        return float("nan")
    found = np.arange(len(ranks))
    before = np.where(ranks == 0, 1.0, found / np.maximum(ranks, 1))
    at = (found + 1) / (ranks + 1)
    return float(np.sum(before + at) / (2 * count))


def precision_at(ranks: IntArray, k: int) -> float:
    """Return the share of positives among the first min(k, place of the last positive) photos.

    The published protocol shortens k so that a query with few positives can still reach 1.

    Args:
        ranks: [P] int64, ranks of the positives found, counted from zero, junk taken out.
        k: cut-off, >= 1.

    Returns:
        A number in [0, 1]; 0 where nothing was found.
    """
    if len(ranks) == 0:
        return 0.0
    depth = min(int(ranks.max()) + 1, k)
    return float(np.count_nonzero(ranks < depth) / depth)


def recall_at(ranks: IntArray, k: int, positives: int | None = None) -> float:
    """Return the share of the positives that are among the first k photos; NaN without positives.

    Args:
        ranks: [P] int64, ranks of the positives found, counted from zero, junk taken out.
        k: cut-off, >= 1.
        positives: how many positives there are, by default P.
    """
    count = len(ranks) if positives is None else positives
    return float(np.count_nonzero(ranks < k) / count) if count else float("nan")


@dataclass(frozen=True, eq=False)
class Scores:
    """The measures of every query under one protocol. Queries without positives are NaN and count in no mean.

    Attributes:
        average_precision: [Q] float64 in [0, 1].
        precision: [Q, K] float64, precision at each of `cutoffs`.
        recall: [Q, K] float64, recall at each of `cutoffs`.
        cutoffs: the K values of k.
    """

    average_precision: DoubleArray
    precision: DoubleArray
    recall: DoubleArray
    cutoffs: tuple[int, ...] = CUTOFFS

    def __post_init__(self) -> None:
        shape = (len(self.average_precision), len(self.cutoffs))
        if self.precision.shape != shape or self.recall.shape != shape:
            raise ValueError(f"precision and recall must have shape {shape}")

    @property
    def valid(self) -> NDArray[np.bool_]:
        """[Q] bool: the queries that have positives, over which the means are taken."""
        return ~np.isnan(self.average_precision)

    @property
    def mean_average_precision(self) -> float:
        """The mAP, in [0, 1]; NaN where no query has positives."""
        return _mean(self.average_precision[self.valid])

    @property
    def metrics(self) -> dict[str, float]:
        """Every mean by the name it has in papers: mAP, mP@k, mR@k, all in [0, 1]."""
        named = {"mAP": self.mean_average_precision}
        for letter, values in (("P", self.precision), ("R", self.recall)):
            for column, k in enumerate(self.cutoffs):
                named[f"m{letter}@{k}"] = _mean(values[self.valid, column])
        return named


def score_ranks(
    ranks: Sequence[IntArray], positives: Sequence[int] | None = None, cutoffs: tuple[int, ...] = CUTOFFS
) -> Scores:
    """Measure every query from the ranks of its positives.

    Args:
        ranks: per query [P] int64, ranks of the positives found, ascending, from zero, junk taken out.
        positives: for each query how many positives there are; by default all were found.
        cutoffs: the values of k.

    Returns:
        The measures of each query.
    """
    counts = [len(found) for found in ranks] if positives is None else positives
    pairs = list(zip(ranks, counts, strict=True))
    nan = float("nan")
    precision = [[precision_at(found, k) if count else nan for k in cutoffs] for found, count in pairs]
    recall = [[recall_at(found, k, count) for k in cutoffs] for found, count in pairs]
    shape = (len(pairs), len(cutoffs))
    return Scores(
        average_precision=np.array([average_precision(found, count) for found, count in pairs], np.float64),
        precision=np.array(precision, np.float64).reshape(shape),
        recall=np.array(recall, np.float64).reshape(shape),
        cutoffs=cutoffs,
    )


def _mean(values: DoubleArray) -> float:
    """Return the mean, NaN of nothing, without NumPy's warning."""
    return float(values.mean()) if values.size else float("nan")

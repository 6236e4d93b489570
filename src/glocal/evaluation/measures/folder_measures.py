"""Leave-one-out retrieval on a folder per identity, and the N-S score of ukbench.

Every photo is a query against all the others. No ranker, threshold or split is needed: identities are enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import DoubleArray
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.measures.average_precision import CUTOFFS, average_precision
from glocal.evaluation.similarity import on_grid, rankings

UKBENCH_VIEWS = 4
"""Photos of each object in ukbench (Nistér and Stewénius, CVPR 2006)."""


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """The measures of every photo as a query. A photo alone in its identity is NaN and counts in no mean.

    Attributes:
        average_precision: [N] float64 in [0, 1], trapezoidal as in the revisited protocol.
        first: [N] float64, rank of the first right photo, counted from zero.
        cutoffs: the values of k in `recall_at`.
    """

    average_precision: DoubleArray
    first: DoubleArray
    cutoffs: tuple[int, ...] = CUTOFFS

    @property
    def mean_average_precision(self) -> float:
        """The mAP over all queries that have a right answer, in [0, 1]."""
        return float(np.nanmean(self.average_precision))

    @property
    def metrics(self) -> dict[str, float]:
        """The mAP, and R@k: the share of queries with a right photo among the first k. All in [0, 1]."""
        first = self.first[~np.isnan(self.first)]
        recalls = {f"R@{k}": float(np.mean(first < k)) for k in self.cutoffs}
        return {"mAP": self.mean_average_precision, **recalls}


def leave_one_out(descriptors: NDArray[np.floating], identities: Sequence[str] | Sequence[int]) -> LeaveOneOut:
    """Measure leave-one-out retrieval from global descriptors.

    Args:
        descriptors: [N, D] floats, rows of length 1.
        identities: N identities; photos with the same one show the same thing.

    Returns:
        The measures of each photo as a query.

    Raises:
        EvaluationError: wrong descriptors, wrong counts, or no identity with two photos.
    """
    exact = on_grid(descriptors)
    return score_similarities(exact @ exact.T, identities)


def score_similarities(similarities: DoubleArray, identities: Sequence[str] | Sequence[int]) -> LeaveOneOut:
    """Measure leave-one-out retrieval from any similarities, also re-ranked ones.

    Args:
        similarities: [N, N] floats, row = query; larger is more alike. The diagonal is not looked at.
        identities: N identities.

    Returns:
        The measures of each photo as a query.

    Raises:
        EvaluationError: counts that disagree, or no identity with two photos.
    """
    labels = _labels(identities, similarities.shape)
    count = len(labels)
    ordered = rankings(similarities)
    without_self = ordered[ordered != np.arange(count)[:, None]].reshape(count, count - 1)
    right = labels[without_self] == labels[:, None]
    if not right.any():
        raise EvaluationError("no identity has two photos, so there is nothing to find; add a second view")
    precision = np.full(count, np.nan)
    first = np.full(count, np.nan)
    for query, row in enumerate(right):
        ranks = np.flatnonzero(row)
        if len(ranks):
            precision[query] = average_precision(ranks)
            first[query] = ranks[0]
    return LeaveOneOut(precision, first)


def ns_score(descriptors: NDArray[np.floating], identities: Sequence[str] | Sequence[int]) -> float:
    """Return the N-S score: the mean number of right photos among the first four, the query itself included.

    Args:
        descriptors: [N, D] floats, rows of length 1.
        identities: N identities of exactly four photos each.

    Returns:
        A number in [0, 4].

    Raises:
        EvaluationError: wrong descriptors, or an identity without exactly four photos.
    """
    exact = on_grid(descriptors)
    return ns_score_similarities(exact @ exact.T, identities)


def ns_score_similarities(similarities: DoubleArray, identities: Sequence[str] | Sequence[int]) -> float:
    """Return the N-S score of any similarities [N, N], row = query; see `ns_score`."""
    labels = _labels(identities, similarities.shape)
    sizes = np.bincount(labels)
    if np.any(sizes != UKBENCH_VIEWS):
        name = list(dict.fromkeys(identities))[int(np.flatnonzero(sizes != UKBENCH_VIEWS)[0])]
        raise EvaluationError(f"ukbench needs exactly four photos of each object; {name} has another number")
    top = rankings(similarities)[:, :UKBENCH_VIEWS]
    return float(np.mean(np.sum(labels[top] == labels[:, None], axis=1)))


def _labels(identities: Sequence[str] | Sequence[int], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Return identities numbered by first appearance, [N]."""
    if shape != (len(identities), len(identities)):
        raise EvaluationError(f"{len(identities)} identities do not fit similarities of shape {list(shape)}")
    numbers = {identity: number for number, identity in enumerate(dict.fromkeys(identities))}
    return np.array([numbers[identity] for identity in identities], np.int64)

"""The precision-recall curve of a benchmark: the mean over its queries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glocal.arrays import DoubleArray, IntArray

RECALLS = np.linspace(0.0, 1.0, 101)
"""[101] float64: the recalls at which a curve is drawn."""


def precision_recall(ranks: Sequence[IntArray]) -> DoubleArray:
    """Return the mean interpolated precision at recall 0, 0.01, ..., 1.

    The precision of a query at recall r is the best precision at any recall >= r (Manning, Raghavan, Schütze,
    "Introduction to Information Retrieval", section 8.4), so each curve falls. The area below it is not the
    AP of the protocol, which does not interpolate.

    Args:
        ranks: per query [P] int64, ranks of all its positives, ascending, from zero, junk taken out.
            Queries without positives are left out.

    Returns:
        [101] float64; empty where no query has positives.
    """
    curves = []
    for places in ranks:
        if not len(places):
            continue
        precision = np.arange(1, len(places) + 1) / (places + 1)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        # Recall r is reached at the ceil(r P)-th positive; the small step guards against 0.07 * 100 > 7.
        reached = np.ceil(RECALLS * len(places) - 1e-9).astype(np.int64)
        curves.append(best[np.maximum(reached, 1) - 1])
    mean: DoubleArray = np.mean(curves, axis=0) if curves else np.empty(0)
    return mean

"""Which means a benchmark reports, by the names its papers use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glocal.evaluation.measures.average_precision import CUTOFFS, Scores
from glocal.evaluation.measures.folder_measures import UKBENCH_VIEWS


@dataclass(frozen=True)
class Measures:
    """How the scores of all queries become a few numbers.

    Attributes:
        cutoffs: the k at which precision and recall are taken.
        summarise: scores to measure and value.
        label: name of the one protocol; None where Easy, Medium and Hard are measured.
    """

    cutoffs: tuple[int, ...]
    summarise: Callable[[Scores], dict[str, float]]
    label: str | None = None


def _hits(scores: Scores) -> dict[str, float]:
    """Return mAP and R@k, the share of queries with a right photo among the first k.

    The precision of the protocol is above 0 exactly where one of the first k is right.
    """
    found = scores.precision[scores.valid] > 0
    return {
        "mAP": scores.mean_average_precision,
        **{f"R@{k}": float(np.mean(found[:, column])) for column, k in enumerate(scores.cutoffs)},
    }


def _ns_score(scores: Scores) -> dict[str, float]:
    """Return the N-S score: the query itself and the right ones among the first three others."""
    others = UKBENCH_VIEWS - 1
    recall = scores.metrics[f"mR@{others}"]
    return {"N-S": 1 + others * recall, "mAP": scores.mean_average_precision}


REVISITED = Measures(CUTOFFS, lambda scores: scores.metrics)
FOLDERS = Measures(CUTOFFS, _hits, "leave-one-out")
HELD_OUT = Measures(CUTOFFS, _hits, "held-out queries")
UKBENCH = Measures((UKBENCH_VIEWS - 1,), _ns_score, "N-S")

"""How far a verdict can be trusted: right and wrong pairs proved or likely, and what a probability is worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.evaluation.result import ReliabilityBin
from glocal.matching import LIKELY

BINS = 10


def verdict_counts(
    probability: NDArray[np.float64], proved: NDArray[np.bool_], same: NDArray[np.bool_]
) -> dict[str, float]:
    """Count verdicts. "likely" are pairs at least so probable that are not proved.

    Args:
        probability: [P], in [0, 1].
        proved: [P].
        same: [P], whether both photos show the same thing.
    """
    likely = ~proved & (probability >= LIKELY)
    return {
        "right": float(same.sum()),
        "right, proved": float((same & proved).sum()),
        "right, likely": float((same & likely).sum()),
        "wrong": float((~same).sum()),
        "wrong, proved": float((~same & proved).sum()),
        "wrong, likely": float((~same & likely).sum()),
    }


def log_loss(probability: NDArray[np.float64], same: NDArray[np.bool_]) -> float:
    """Return the mean of -log(probability of what is the case), natural logarithm; 0 is best.

    Args:
        probability: [P], in (0, 1), P >= 1.
        same: [P].
    """
    return float(-np.log(np.where(same, probability, 1.0 - probability)).mean())


def reliability(probability: NDArray[np.float64], same: NDArray[np.bool_]) -> tuple[ReliabilityBin, ...]:
    """Return the bins that hold pairs, least probable first.

    Args:
        probability: [P], in [0, 1].
        same: [P].
    """
    places = np.minimum((probability * BINS).astype(int), BINS - 1)
    members = [places == place for place in np.unique(places)]
    return tuple(
        ReliabilityBin(float(probability[member].mean()), float(same[member].mean()), int(member.sum()))
        for member in members
    )


def expected_calibration_error(bins: tuple[ReliabilityBin, ...]) -> float:
    """Return the mean distance, over pairs, of probability and part that is right (Guo et al., ICML 2017, eq. 3)."""
    return sum(one.pairs * abs(one.probability - one.right) for one in bins) / sum(one.pairs for one in bins)

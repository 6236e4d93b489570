"""Fitting a calibration to pairs of photos of which it is known whether they show the same thing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.matching.calibration import Calibration, unverified_inputs, verified_inputs
from glocal.matching.labelled import LabelledPairs
from glocal.matching.logistic import fit_logistic

_PENALTY = 1.0
"""Weight of the penalty on squared weights, in pairs: keeps the weights finite where classes separate."""

_CHANCE = 1e-5
"""Share of the pairs of different things that may look proved."""

PRIOR = 0.05
"""Probability beforehand that a candidate shows the same thing: five among the hundred that a search verifies. With
more, less than nine in ten likely hits among covers and re-photographed pictures are right; with less, probabilities of
landmarks, of which there are many photos, are further off."""


def fit_calibration(pairs: LabelledPairs, *, prior: float = PRIOR) -> Calibration:
    """Fit a calibration to labelled pairs of photos that the model was not trained on.

    Penalised maximum likelihood. Pairs that show the same thing and pairs that do not get equal weight in all, and so
    do those of each domain among them, however many there are of each, so that the result does not depend on how many
    were gathered; the odds beforehand are then set by `prior`.

    Args:
        pairs: gathered as a search would: among the photos nearest by similarity.
        prior: probability beforehand that a pair shows the same thing, in (0, 1).

    Raises:
        ValueError: pairs of one kind are missing, or all pairs of different things are of things alike.
    """
    chance = ~pairs.same & ~pairs.alike
    if not pairs.same.any() or not chance.any():
        raise ValueError("pairs that show the same thing and pairs that do not are both needed")
    usual = _usual_background(pairs)
    above = pairs.similarity - np.where(np.isfinite(pairs.background), pairs.background, usual)
    verified = _fit(verified_inputs(above, pairs.support, pairs.correspondences), pairs, prior)
    unverified = _fit(unverified_inputs(above), pairs, prior)
    return Calibration(verified, unverified, _most_by_chance(pairs.support[chance]), usual)


def _most_by_chance(support: NDArray[np.float64]) -> float:
    """Return the support that one in a hundred thousand pairs of different things exceeds.

    Few sets of photos have so many such pairs, so the tail is continued: of the hundredth with the most support, as
    many exceed the rest by x as an exponential distribution says, fitted to them by maximum likelihood (peaks over a
    threshold: Pickands 1975).
    """
    rest = float(np.quantile(support, 0.99))
    more = support[support > rest] - rest
    share = len(more) / len(support)
    if share <= _CHANCE:
        return float(support.max())
    return rest + float(more.mean() * np.log(share / _CHANCE))


def _fit(inputs: NDArray[np.float64], pairs: LabelledPairs, prior: float) -> tuple[float, ...]:
    """Return the weights of the columns of `inputs`: free for 1, <= 0 for correspondences, >= 0 for the rest."""
    signs = np.ones(inputs.shape[1])
    signs[2:3] = -1.0  # correspondences
    penalty = np.full(len(signs), _PENALTY)
    penalty[0] = 0.0
    targets = pairs.same.astype(np.float64)
    weights = signs * fit_logistic(inputs * signs, targets, _importance(pairs), penalty, penalty > 0) + 0.0
    weights[0] += np.log(prior / (1.0 - prior))
    return tuple(float(weight) for weight in weights)


def _importance(pairs: LabelledPairs) -> NDArray[np.float64]:
    """Return how much each pair counts [P]: of both answers half, and of each answer every domain alike; P in all."""
    importance = np.zeros(len(pairs))
    for same in (True, False):
        domains = np.unique(pairs.domain[pairs.same == same])
        for domain in domains:
            chosen = (pairs.same == same) & (pairs.domain == domain)
            importance[chosen] = 0.5 * len(pairs) / (len(domains) * np.count_nonzero(chosen))
    return importance


def _usual_background(pairs: LabelledPairs) -> float:
    """Return the mean of the domains' mean backgrounds; 0 if none is known."""
    known = np.isfinite(pairs.background)
    means = [pairs.background[known & (pairs.domain == domain)].mean() for domain in np.unique(pairs.domain[known])]
    return float(np.mean(means)) if means else 0.0

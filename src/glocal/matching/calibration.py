"""From what two photos have in common to the probability that they show the same thing.

A logistic model of the global similarity and the outcome of geometric verification. What the inliers are worth, their
support, enters by logarithmic ramps that start at different values, all with weights >= 0: the fit decides where
support begins to mean something, and the probability can never fall when similarity or support rise.
Correspondences weigh <= 0: the same support among more correspondences is more likely chance. Left free, their
weight turns positive, for things alike have more of them, and the ranking of photos from elsewhere suffers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.errors import ModelError
from glocal.matching.logistic import fit_logistic, sigmoid

_RAMPS = (0.0, 4.0, 8.0, 16.0)
"""Support at which a ramp log((1 + support) / (1 + start)) starts; below its start a ramp is 0."""

_PENALTY = 1.0
"""Weight of the penalty on squared weights, in pairs: keeps the weights finite where classes separate."""

_LOWEST = 1e-6

_CHANCE = 1e-5
"""Share of the pairs of different things that may look proved."""

PRIOR = 0.01
"""Probability beforehand that a candidate shows the same thing: one among the hundred that a search verifies."""


@dataclass(frozen=True)
class Calibration:
    """Probability that two photos show the same thing.

    Attributes:
        verified: weights of 1, similarity, log(1 + correspondences), and one per ramp of support.
        unverified: weights of 1 and similarity.
        chance_support: most support that chance gives: one in a hundred thousand pairs of different things has more.

    Raises:
        ValueError: a weight is missing or not finite, one of similarity or support is negative, or that of
            correspondences is positive.
    """

    verified: tuple[float, ...]
    unverified: tuple[float, ...]
    chance_support: float

    def __post_init__(self) -> None:
        if len(self.verified) != 3 + len(_RAMPS) or len(self.unverified) != 2:
            raise ValueError(f"a calibration has {3 + len(_RAMPS)} verified weights and 2 unverified")
        if not np.isfinite([*self.verified, *self.unverified]).all():
            raise ValueError("the weights of a calibration must be finite")
        if min(self.verified[1], -self.verified[2], *self.verified[3:], self.unverified[1]) < 0:
            raise ValueError("the probability may not fall with similarity or support, nor rise with correspondences")
        if not 0 <= self.chance_support < np.inf:
            raise ValueError("chance_support must be finite and not negative")

    def proves(self, support: float) -> bool:
        """Say whether this much support is a proof: more than chance gives."""
        return support > self.chance_support

    def probability(self, similarity: float, support: float, correspondences: int) -> float:
        """Return the probability, in (0, 1), for a pair that was verified.

        Args:
            similarity: inner product of the global descriptors, -1 to 1.
            support: what the inliers are worth; 0 if there is none.
            correspondences: number of correspondences in all.
        """
        inputs = _verified_inputs(np.array([similarity]), np.array([support]), np.array([correspondences]))
        return _probability(inputs, self.verified)

    def probability_unverified(self, similarity: float) -> float:
        """Return the probability, in (0, 1), for a pair of which only the similarity is known."""
        return _probability(_unverified_inputs(np.array([similarity])), self.unverified)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for a model's card."""
        return {
            "verified": list(self.verified),
            "unverified": list(self.unverified),
            "chance_support": self.chance_support,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Calibration:
        """Build a calibration from what `to_dict` returned.

        Cards from before support was measured say how many inliers chance gives. Support is less than that, so taken as
        support it proves what it proved only with inliers to spare.

        Raises:
            ModelError: the values are not those of a calibration.
        """
        try:
            return cls(
                tuple(float(weight) for weight in values["verified"]),
                tuple(float(weight) for weight in values["unverified"]),
                float(values["chance_support"] if "chance_support" in values else values["chance_inliers"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"the model's card has no valid calibration ({error}); fit it again") from error


def fit_calibration(
    similarity: NDArray[np.float64],
    support: NDArray[np.float64],
    correspondences: NDArray[np.int64],
    same: NDArray[np.bool_],
    *,
    prior: float = PRIOR,
) -> Calibration:
    """Fit a calibration to labelled pairs of photos that the model was not trained on.

    Penalised maximum likelihood. Pairs that show the same thing and pairs that do not get equal weight in
    all, however many there are of each, so that the result does not depend on how many of each were gathered;
    the odds beforehand are then set by `prior`. They should be gathered as a search would: among the photos nearest
    by similarity.

    Args:
        similarity: [P], inner products of global descriptors.
        support: [P], as `Match.support`.
        correspondences: [P].
        same: [P], whether the two photos show the same thing.
        prior: probability beforehand that a pair shows the same thing, in (0, 1).

    Raises:
        ValueError: the lengths differ, or pairs of one kind are missing.
    """
    if not len(similarity) == len(support) == len(correspondences) == len(same):
        raise ValueError("similarity, support, correspondences and same must have one length")
    same = np.asarray(same, np.bool_)
    if same.all() or not same.any():
        raise ValueError("pairs that show the same thing and pairs that do not are both needed")
    verified = _verified_inputs(similarity, support, correspondences)
    unverified = _unverified_inputs(similarity)
    return Calibration(_fit(verified, same, prior), _fit(unverified, same, prior), _most_by_chance(support[~same]))


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


def _fit(inputs: NDArray[np.float64], same: NDArray[np.bool_], prior: float) -> tuple[float, ...]:
    """Return the weights of the columns of `inputs`: free for 1, <= 0 for correspondences, >= 0 for the rest."""
    signs = np.ones(inputs.shape[1])
    signs[2:3] = -1.0  # correspondences
    penalty = np.full(len(signs), _PENALTY)
    penalty[0] = 0.0
    importance = np.where(same, 0.5 / same.sum(), 0.5 / (~same).sum()) * len(same)
    weights = signs * fit_logistic(inputs * signs, same.astype(np.float64), importance, penalty, penalty > 0) + 0.0
    weights[0] += np.log(prior / (1.0 - prior))
    return tuple(float(weight) for weight in weights)


def _verified_inputs(
    similarity: NDArray[Any], support: NDArray[Any], correspondences: NDArray[Any]
) -> NDArray[np.float64]:
    """Return [P, 3 + ramps]: 1, similarity, log(1 + correspondences), ramps of support."""
    ramps = [np.log(np.maximum(1.0, (1.0 + support) / (1.0 + start))) for start in _RAMPS]
    ones = np.ones(len(similarity))
    return np.stack([ones, similarity, np.log1p(correspondences), *ramps], axis=1).astype(np.float64)


def _unverified_inputs(similarity: NDArray[Any]) -> NDArray[np.float64]:
    """Return [P, 2]: 1, similarity."""
    return np.stack([np.ones(len(similarity)), similarity], axis=1).astype(np.float64)


def _probability(inputs: NDArray[np.float64], weights: tuple[float, ...]) -> float:
    """Return the sigmoid of the weighted inputs [1, F], kept off 0 and 1."""
    return float(np.clip(sigmoid(inputs @ np.array(weights))[0], _LOWEST, 1.0 - _LOWEST))

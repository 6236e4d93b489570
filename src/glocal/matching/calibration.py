"""From what two photos have in common to the probability that they show the same thing.

A logistic model of the global similarity and the outcome of geometric verification. Inliers enter by
logarithmic ramps that start at different counts, all with weights >= 0: the fit decides where
counts begin to mean something, and the probability can never fall when similarity or inliers rise.
Correspondences weigh <= 0: the same inliers among more correspondences are more likely chance. Left free, their
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

_RAMPS = (0.0, 6.0, 12.0, 24.0)
"""Inlier counts at which a ramp log((1 + inliers) / (1 + start)) starts; below its start a ramp is 0."""

_PENALTY = 1.0
"""Weight of the penalty on squared weights, in pairs: keeps the weights finite where classes separate."""

_LOWEST = 1e-6

_CHANCE = 1e-6
"""Share of the pairs of different things that may look proved."""

PRIOR = 0.01
"""Probability beforehand that a candidate shows the same thing: one among the hundred that a search verifies."""


@dataclass(frozen=True)
class Calibration:
    """Probability that two photos show the same thing.

    Attributes:
        verified: weights of 1, similarity, log(1 + correspondences), and one per inlier ramp.
        unverified: weights of 1 and similarity.
        chance_inliers: most inliers that chance gives: one in a million pairs of different things has more.

    Raises:
        ValueError: a weight is missing or not finite, one of similarity or inliers is negative, or that of
            correspondences is positive.
    """

    verified: tuple[float, ...]
    unverified: tuple[float, ...]
    chance_inliers: int

    def __post_init__(self) -> None:
        if len(self.verified) != 3 + len(_RAMPS) or len(self.unverified) != 2:
            raise ValueError(f"a calibration has {3 + len(_RAMPS)} verified weights and 2 unverified")
        if not np.isfinite([*self.verified, *self.unverified]).all():
            raise ValueError("the weights of a calibration must be finite")
        if min(self.verified[1], -self.verified[2], *self.verified[3:], self.unverified[1]) < 0:
            raise ValueError("the probability may not fall with similarity or inliers, nor rise with correspondences")
        if self.chance_inliers < 0:
            raise ValueError("chance_inliers may not be negative")

    def proves(self, inliers: int) -> bool:
        """Say whether so many inliers are a proof: more than chance gives."""
        return inliers > self.chance_inliers

    def probability(self, similarity: float, inliers: int, correspondences: int) -> float:
        """Return the probability, in (0, 1), for a pair that was verified.

        Args:
            similarity: inner product of the global descriptors, -1 to 1.
            inliers: correspondences that agree with the transform; 0 if there is none.
            correspondences: number of correspondences in all.
        """
        inputs = _verified_inputs(np.array([similarity]), np.array([inliers]), np.array([correspondences]))
        return _probability(inputs, self.verified)

    def probability_unverified(self, similarity: float) -> float:
        """Return the probability, in (0, 1), for a pair of which only the similarity is known."""
        return _probability(_unverified_inputs(np.array([similarity])), self.unverified)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for a model's card."""
        return {
            "verified": list(self.verified),
            "unverified": list(self.unverified),
            "chance_inliers": self.chance_inliers,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Calibration:
        """Build a calibration from what `to_dict` returned.

        Raises:
            ModelError: the values are not those of a calibration.
        """
        try:
            return cls(
                tuple(float(weight) for weight in values["verified"]),
                tuple(float(weight) for weight in values["unverified"]),
                int(values["chance_inliers"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"the model's card has no valid calibration ({error}); fit it again") from error


def fit_calibration(
    similarity: NDArray[np.float64],
    inliers: NDArray[np.int64],
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
        inliers: [P].
        correspondences: [P].
        same: [P], whether the two photos show the same thing.
        prior: probability beforehand that a pair shows the same thing, in (0, 1).

    Raises:
        ValueError: the lengths differ, or pairs of one kind are missing.
    """
    if not len(similarity) == len(inliers) == len(correspondences) == len(same):
        raise ValueError("similarity, inliers, correspondences and same must have one length")
    same = np.asarray(same, np.bool_)
    if same.all() or not same.any():
        raise ValueError("pairs that show the same thing and pairs that do not are both needed")
    verified = _verified_inputs(similarity, inliers, correspondences)
    unverified = _unverified_inputs(similarity)
    return Calibration(_fit(verified, same, prior), _fit(unverified, same, prior), _most_by_chance(inliers[~same]))


def _most_by_chance(inliers: NDArray[np.int64]) -> int:
    """Return how many inliers one in a million pairs of different things exceeds.

    Few sets of photos have a million such pairs, so the tail is continued: of the hundredth with the most inliers, as
    many have n more than the rest as a geometric distribution says, fitted to them by maximum likelihood (peaks over
    a threshold: Pickands 1975).
    """
    rest = int(np.quantile(inliers, 0.99))
    more = inliers[inliers > rest] - rest
    if not len(more):
        return rest
    share, going_on = len(more) / len(inliers), 1.0 - 1.0 / more.mean()
    if share <= _CHANCE or not going_on:
        return int(inliers.max())
    return rest + int(np.ceil(np.log(_CHANCE / share) / np.log(going_on)))


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
    similarity: NDArray[Any], inliers: NDArray[Any], correspondences: NDArray[Any]
) -> NDArray[np.float64]:
    """Return [P, 3 + ramps]: 1, similarity, log(1 + correspondences), inlier ramps."""
    ramps = [np.log(np.maximum(1.0, (1.0 + inliers) / (1.0 + start))) for start in _RAMPS]
    ones = np.ones(len(similarity))
    return np.stack([ones, similarity, np.log1p(correspondences), *ramps], axis=1).astype(np.float64)


def _unverified_inputs(similarity: NDArray[Any]) -> NDArray[np.float64]:
    """Return [P, 2]: 1, similarity."""
    return np.stack([np.ones(len(similarity)), similarity], axis=1).astype(np.float64)


def _probability(inputs: NDArray[np.float64], weights: tuple[float, ...]) -> float:
    """Return the sigmoid of the weighted inputs [1, F], kept off 0 and 1."""
    return float(np.clip(sigmoid(inputs @ np.array(weights))[0], _LOWEST, 1.0 - _LOWEST))

"""From what two photos have in common to the probability that they show the same thing.

A logistic model of the global similarity and the outcome of geometric verification. Similarity counts by how far it
is above the background, what photos that only resemble the query reach in the same collection: among paintings
everything is alike. (Adaptive score normalisation: Matejka et al., "Analysis of score normalization in multilingual
speaker recognition", Interspeech 2017; here of the query's side alone, and without a scale.) What the inliers are
worth, their support, enters by logarithmic ramps that start at different values, all with weights >= 0: the fit decides
where support begins to mean something, and the probability can never fall when similarity or support rise.
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
from glocal.matching.logistic import sigmoid
from glocal.matching.verdict import IMPROBABLE

_RAMPS = (0.0, 4.0, 8.0, 16.0)
"""Support at which a ramp log((1 + support) / (1 + start)) starts; below its start a ramp is 0."""

_LOWEST = 1e-6


@dataclass(frozen=True)
class Calibration:
    """Probability that two photos show the same thing.

    Attributes:
        verified: weights of 1, similarity above the background, log(1 + correspondences), and one per ramp of support.
        unverified: weights of 1 and similarity above the background.
        chance_support: most support that chance gives: one in a hundred thousand pairs of different things has more.
        usual_background: stands in for the background of a pair that comes from no search, or from too small a
            collection; None: similarity counts as it is, as in cards from before.

    Raises:
        ValueError: a weight is missing or not finite, one of similarity or support is negative, or that of
            correspondences is positive.
    """

    verified: tuple[float, ...]
    unverified: tuple[float, ...]
    chance_support: float
    usual_background: float | None = None

    def __post_init__(self) -> None:
        if len(self.verified) != 3 + len(_RAMPS) or len(self.unverified) != 2:
            raise ValueError(f"a calibration has {3 + len(_RAMPS)} verified weights and 2 unverified")
        if not np.isfinite([*self.verified, *self.unverified]).all():
            raise ValueError("the weights of a calibration must be finite")
        if min(self.verified[1], -self.verified[2], *self.verified[3:], self.unverified[1]) < 0:
            raise ValueError("the probability may not fall with similarity or support, nor rise with correspondences")
        if not 0 <= self.chance_support < np.inf:
            raise ValueError("chance_support must be finite and not negative")
        if self.usual_background is not None and not -1 <= self.usual_background <= 1:
            raise ValueError(f"the usual background must lie in [-1, 1], not {self.usual_background}")

    def exceeds_chance(self, support: float) -> bool:
        """Say whether this much support is more than chance gives."""
        return support > self.chance_support

    def proves(self, support: float, probability: float | None) -> bool:
        """Say whether this is a proof: more support than chance gives, and not improbable.

        Args:
            support: what the inliers are worth, in the light of the pixels if they were compared.
            probability: of the pair, as `probability` or `reweighed` has it; None: not known, and so no proof.
        """
        return self.exceeds_chance(support) and probability is not None and probability >= IMPROBABLE

    def probability(
        self, similarity: float, support: float, correspondences: int, background: float | None = None
    ) -> float:
        """Return the probability, in (0, 1), for a pair that was verified.

        Args:
            similarity: inner product of the global descriptors, -1 to 1.
            support: what the inliers are worth; 0 if there is none.
            correspondences: number of correspondences in all.
            background: of the search that found the pair, as `background_of` has it; None if there was none.
        """
        known = np.array([np.nan if background is None else background])
        alone = np.array([similarity]), np.array([support]), np.array([correspondences]), known
        return float(self.probabilities(*alone)[0])

    def reweighed(self, probability: float, support: float, worth: float) -> float:
        """Return what a probability of a verified pair becomes when its support counts otherwise, and all else stays.

        Args:
            probability: of the pair, in (0, 1).
            support: what its inliers are worth.
            worth: what it counts as instead, >= 0.
        """
        nothing = np.zeros(2)
        before, after = verified_inputs(nothing, np.array([support, worth]), nothing) @ np.array(self.verified)
        return _moved(probability, float(after - before))

    def probabilities(
        self, similarity: NDArray[Any], support: NDArray[Any], correspondences: NDArray[Any], background: NDArray[Any]
    ) -> NDArray[np.float64]:
        """Return what `probability` does of P pairs [P], each as if it were alone.

        Args:
            similarity, support, correspondences: [P].
            background: [P]; NaN where there was no search.
        """
        above = similarity
        if self.usual_background is not None:
            above = similarity - np.where(np.isnan(background), self.usual_background, background)
        return _probabilities(verified_inputs(above, support, correspondences), self.verified)

    def probability_unverified(self, similarity: float, background: float | None = None) -> float:
        """Return the probability, in (0, 1), for a pair of which only similarity and background are known."""
        above = similarity
        if self.usual_background is not None:
            above = similarity - (self.usual_background if background is None else background)
        return float(_probabilities(unverified_inputs(np.array([above])), self.unverified)[0])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for a model's card."""
        return {
            "verified": list(self.verified),
            "unverified": list(self.unverified),
            "chance_support": self.chance_support,
            "usual_background": self.usual_background,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Calibration:
        """Build a calibration from what `to_dict` returned.

        Cards from before support was measured say how many inliers chance gives. Support is less than that, so taken as
        support it proves what it proved only with inliers to spare. Cards from before have no background.

        Raises:
            ModelError: the values are not those of a calibration.
        """
        try:
            background = values.get("usual_background")
            return cls(
                tuple(float(weight) for weight in values["verified"]),
                tuple(float(weight) for weight in values["unverified"]),
                float(values["chance_support"] if "chance_support" in values else values["chance_inliers"]),
                None if background is None else float(background),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelError(f"the model's card has no valid calibration ({error}); fit it again") from error


def at_prior(probability: float, before: float, after: float) -> float:
    """Return what a probability becomes where more, or fewer, are right beforehand, and all else is as it was.

    (Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities",
    Neural Computation 2002, section 2, for two classes.)

    Args:
        probability: in (0, 1), by a calibration for the prior `before`.
        before, after: probabilities beforehand, in (0, 1).
    """
    return _moved(probability, float(np.log(after / (1.0 - after)) - np.log(before / (1.0 - before))))


def _moved(probability: float, log_odds: float) -> float:
    """Return a probability whose log-odds are so much more, kept off 0 and 1."""
    known = np.clip(probability, _LOWEST, 1.0 - _LOWEST)
    return float(np.clip(sigmoid(np.log(known / (1.0 - known)) + log_odds), _LOWEST, 1.0 - _LOWEST))


def verified_inputs(above: NDArray[Any], support: NDArray[Any], correspondences: NDArray[Any]) -> NDArray[np.float64]:
    """Return [P, 3 + ramps]: 1, similarity above the background, log(1 + correspondences), ramps of support."""
    ramps = [np.log(np.maximum(1.0, (1.0 + support) / (1.0 + start))) for start in _RAMPS]
    ones = np.ones(len(above))
    return np.stack([ones, above, np.log1p(correspondences), *ramps], axis=1).astype(np.float64)


def unverified_inputs(above: NDArray[Any]) -> NDArray[np.float64]:
    """Return [P, 2]: 1, similarity above the background."""
    return np.stack([np.ones(len(above)), above], axis=1).astype(np.float64)


def _probabilities(inputs: NDArray[np.float64], weights: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the sigmoids [P] of the weighted inputs [P, F], kept off 0 and 1.

    Summed row by row: a matrix product rounds a pair otherwise among others than alone.
    """
    return np.clip(sigmoid((inputs * np.array(weights)).sum(axis=1)), _LOWEST, 1.0 - _LOWEST)

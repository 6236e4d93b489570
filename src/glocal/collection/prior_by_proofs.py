"""How probable hits are beforehand in one search: the more, the more of its first hits are proved.

A calibration knows how many candidates are right on the average: five in a hundred. Of a landmark with many photos nine
in ten are, and what the calibration says of those that nothing proves is far too low. How many are proved tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from glocal.collection.hits import Hit, Ranking
from glocal.collection.similarity_trust import proof_weights
from glocal.collection.witnesses import COPY
from glocal.matching import PRIOR, Calibration, at_prior

_FIRST = 36
"""Hits that are counted. Where a search shows fewer, those that it does not show count as not proved, so that
probabilities hardly depend on how many are shown."""

_BELIEVED = 10.0
"""So many hits stand for what is believed beforehand."""

_DENIED = 2.0
"""A hit with a proof's support that is not proved, as colours or likeness deny it, takes back so many proofs: things of
one design are found, of which the most alike are another thing. Of 540 searches of ten kinds 162 right hits and 22
wrong ones were likely; counting proofs alone 425 and 155 are, of the wrong ones 139 packages; so 319 and 42."""


def in_light_of_proofs(ranking: Ranking, calibration: Calibration | None) -> Ranking:
    """Return a ranking whose probabilities are those of a search with as many proofs. They never fall by it.

    The order stays. So does what is proved.

    Args:
        ranking: of a search whose hits were looked at in all ways; one by the paper's rule stays as it is.
        calibration: of the model, or None.
    """
    if calibration is None or ranking.by != "probability":
        return ranking
    prior = _prior(ranking.hits[:_FIRST], calibration.chance_support)
    if prior <= PRIOR:
        return ranking
    told = (
        hit if hit.probability is None else replace(hit, probability=at_prior(hit.probability, PRIOR, prior))
        for hit in ranking.hits
    )
    return Ranking.of(told, ranking.by, ranking.query)


def _prior(hits: Sequence[Hit], chance_support: float) -> float:
    """Return the share of the first hits that is proved, drawn towards the usual prior.

    Copies of the query say nothing. A proof that is hardly one counts for less, as `proof_weights` has it, and none for
    more than one.
    """
    others = [hit for hit in hits if hit.similarity < COPY]
    support = np.array([hit.support or 0.0 for hit in others])
    proved = np.array([hit.proved for hit in others], np.bool_)
    counts = np.minimum(proof_weights(support, chance_support), 1.0)
    right = max(float(counts[proved].sum() - _DENIED * counts[~proved].sum()), 0.0)
    return (right + _BELIEVED * PRIOR) / (_FIRST + _BELIEVED)

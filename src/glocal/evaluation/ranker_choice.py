"""Rankers by name, as commands and tables call them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.rankers import AlphaQueryExpansion, DatabaseAugmentation, Ranker, TopRefinement
from glocal.evaluation.verification import InlierRanker, MixingRanker, ProbabilityRanker, Verifier
from glocal.matching import Calibration


@dataclass(frozen=True, eq=False)
class Material:
    """What rankers are made of.

    Attributes:
        queries: [Q, D] floats.
        database: [N, D] floats; None where distractors make it too large for memory.
        verifier: matches local features.
        calibration: of the model, if it has one.
    """

    queries: NDArray[np.floating]
    database: NDArray[np.floating] | None
    verifier: Verifier
    calibration: Calibration | None


@dataclass(frozen=True)
class Choice:
    """A ranker that can be asked for by name.

    Attributes:
        build: makes it.
        depth: how many of the first photos it reorders by default; None for all.
    """

    build: Callable[[Material], Ranker]
    depth: int | None


def _in_memory(material: Material) -> NDArray[np.floating]:
    if material.database is None:
        raise EvaluationError(
            "this ranker compares database photos with each other and needs them in memory; "
            "leave the distractors out or choose inliers, mixed or probability"
        )
    return material.database


def _probability(material: Material) -> Ranker:
    if material.calibration is None:
        raise EvaluationError("the model has no calibration, so it cannot rank by probability; choose inliers")
    return ProbabilityRanker(material.verifier, material.calibration)


RANKERS: dict[str, Choice] = {
    "inliers": Choice(lambda material: InlierRanker(material.verifier), 100),
    "probability": Choice(_probability, 100),
    "mixed": Choice(lambda material: MixingRanker(material.verifier), 100),
    "refinement": Choice(lambda material: TopRefinement(material.queries, _in_memory(material)), 400),
    "expansion": Choice(lambda material: AlphaQueryExpansion(material.queries, _in_memory(material)), None),
    "augmentation": Choice(lambda material: DatabaseAugmentation(material.queries, _in_memory(material)), None),
}


def choose(name: str) -> Choice:
    """Return a ranker's recipe by name.

    Raises:
        EvaluationError: there is none of that name.
    """
    if name not in RANKERS:
        raise EvaluationError(f"no ranker is called {name!r}; choose one of {', '.join(RANKERS)}")
    return RANKERS[name]

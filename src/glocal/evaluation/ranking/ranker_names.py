"""Rankers by name, as commands and tables call them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.ranking.local_rankers import InlierRanker, MixingRanker, ProbabilityRanker, Verifier
from glocal.evaluation.ranking.rankers import AlphaQueryExpansion, DatabaseAugmentation, Ranker, TopRefinement
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
        compares_photos: compares database photos with each other, so that they must all be in memory.
        calibrated: needs a model with a calibration.
    """

    build: Callable[[Material], Ranker]
    depth: int | None
    compares_photos: bool = False
    calibrated: bool = False


def _database(material: Material) -> NDArray[np.floating]:
    if material.database is None:
        raise ValueError("this ranker needs the database in memory")
    return material.database


def _calibration(material: Material) -> Calibration:
    if material.calibration is None:
        raise ValueError("this ranker needs a calibration")
    return material.calibration


RANKERS: dict[str, Choice] = {
    "inliers": Choice(lambda m: InlierRanker(m.verifier), 100),
    "probability": Choice(lambda m: ProbabilityRanker(m.verifier, _calibration(m)), 100, calibrated=True),
    "mixed": Choice(lambda m: MixingRanker(m.verifier), 100),
    "refinement": Choice(lambda m: TopRefinement(m.queries, _database(m)), 400, compares_photos=True),
    "expansion": Choice(lambda m: AlphaQueryExpansion(m.queries, _database(m)), None, compares_photos=True),
    "augmentation": Choice(lambda m: DatabaseAugmentation(m.queries, _database(m)), None, compares_photos=True),
}


def choose(name: str) -> Choice:
    """Return a ranker's recipe by name.

    Raises:
        EvaluationError: there is none of that name.
    """
    if name not in RANKERS:
        raise EvaluationError(f"no ranker is called {name!r}; choose one of {', '.join(RANKERS)}")
    return RANKERS[name]


def require(name: str, *, calibrated: bool, distractors: bool, leave_one_out: bool) -> None:
    """Refuse a ranker that cannot work here, before anything is computed.

    Args:
        name: the ranker.
        calibrated: whether the model has a calibration.
        distractors: whether the database is streamed.
        leave_one_out: whether queries are photos of the database.

    Raises:
        EvaluationError: it cannot; the message says what to choose instead.
    """
    choice = choose(name)
    if choice.calibrated and not calibrated:
        raise EvaluationError("the model has no calibration to rank by probability; choose --ranker inliers")
    if choice.compares_photos and distractors:
        raise EvaluationError(f"{name} compares database photos with each other; leave the distractors out")
    if choice.compares_photos and leave_one_out:
        raise EvaluationError(
            f"{name} compares database photos with each other, and here each query is one of them; "
            "use `glocal evaluate rankers`, which holds queries out"
        )

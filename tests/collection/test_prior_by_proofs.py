"""What proofs say of the other hits of a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glocal.collection import Hit, Ranking
from glocal.collection.prior_by_proofs import in_light_of_proofs
from glocal.matching import Calibration

CALIBRATION = Calibration((-4.0, 4.0, 0.0, 1.0, 0.0, 0.0, 0.0), (-4.0, 4.0), chance_support=16.0)


def hits(count: int, probability: float, *, support: float, proved: bool, similarity: float = 0.5) -> list[Hit]:
    """Return hits of photos that no other call returns."""
    name = f"{support}-{proved}-{similarity}"
    found = Hit(1, Path(name), similarity, 9, probability, np.eye(3), 90, proved=proved, support=support)
    return [replace(found, path=Path(f"{name}-{number}.jpg")) for number in range(count)]


def told(found: Sequence[Hit]) -> Ranking:
    return in_light_of_proofs(Ranking.of(found), CALIBRATION)


PROVED, OTHERS = hits(12, 0.9, support=60.0, proved=True), hits(12, 0.2, support=6.0, proved=False)


def test_the_more_is_proved_the_likelier_are_the_others_and_nothing_else_changes() -> None:
    before: list[float] = []
    for count in (1, 3, 6, 12):
        found = Ranking.of([*PROVED[:count], *OTHERS])
        ranking = in_light_of_proofs(found, CALIBRATION)
        assert [(hit.path, hit.proved) for hit in ranking] == [(hit.path, hit.proved) for hit in found]
        before.append(ranking[-1].probability or 0.0)
    assert before[0] == 0.2
    assert before == sorted(set(before))
    prior = (12 + 0.5) / 46
    odds = 0.25 * (prior / (1 - prior)) / (0.05 / 0.95)
    assert before[-1] == pytest.approx(odds / (1 + odds))


def test_proofs_that_are_denied_speak_against_it() -> None:
    denied = hits(6, 0.1, support=60.0, proved=False)
    some = told([*PROVED, *denied[:3], *OTHERS])[-1].probability or 0.0
    assert some < (told([*PROVED, *OTHERS])[-1].probability or 0.0)
    assert told([*PROVED, *denied, *OTHERS])[-1].probability == 0.1


def test_copies_of_the_query_and_proofs_that_are_hardly_ones_say_little() -> None:
    copies = hits(12, 0.9, support=60.0, proved=True, similarity=0.97)
    assert told([*copies, *OTHERS])[-1].probability == 0.2
    weak = told([*hits(12, 0.9, support=19.0, proved=True), *OTHERS])[-1].probability or 0.0
    assert 0.2 < weak < (told([*PROVED, *OTHERS])[-1].probability or 0.0)


def test_it_hardly_matters_how_many_hits_are_shown() -> None:
    few, many = told([*PROVED[:4], *OTHERS[:2]]), told([*PROVED[:4], *OTHERS])
    assert few[-1].probability == many[-1].probability


def test_a_ranking_by_inliers_or_without_calibration_stays() -> None:
    by_paper = Ranking.of([*PROVED, *OTHERS], "paper")
    assert in_light_of_proofs(by_paper, CALIBRATION) is by_paper
    ranking = Ranking.of([*PROVED, *OTHERS])
    assert in_light_of_proofs(ranking, None) is ranking


def test_sure_hits_stay_sorted() -> None:
    sure = [replace(hit, probability=1 - 1e-9 * number) for number, hit in enumerate(PROVED)]
    assert len(told([*sure, *OTHERS])) == 24

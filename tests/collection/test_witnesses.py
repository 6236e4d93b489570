"""Proofs by witnesses, along a wall of random features: each photo shows a stretch of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from glocal.collection import Candidate, Hit, Ranking
from glocal.collection.features_at_hand import FeaturesAtHand
from glocal.collection.pictures_at_hand import PicturesAtHand
from glocal.collection.search import verify_candidates
from glocal.collection.witnesses import ask_witnesses
from glocal.features import CompactFeatures, View
from glocal.matching import Calibration

CALIBRATION = Calibration((-4.0, 4.0, 0.0, 1.0, 0.0, 0.0, 0.0), (-4.0, 4.0), chance_support=35.0)
WIDTH, HEIGHT = 300, 200


@dataclass(frozen=True)
class Wall(FeaturesAtHand):
    """600 features at random, and photos of 300 of its 1800 pixels; of photos, descriptors that are all as like."""

    places: NDArray[np.float32]
    codes: NDArray[np.uint8]
    lefts: dict[int, float]

    def photo(self, left: float) -> CompactFeatures:
        seen = (self.places[:, 0] >= left) & (self.places[:, 0] < left + WIDTH)
        count = int(seen.sum())
        return CompactFeatures(
            (WIDTH, HEIGHT),
            (self.places[seen] - np.array([left, 0])).astype(np.float32),
            np.ones(count, np.float32),
            np.linspace(1, 0.5, count, dtype=np.float32),
            self.codes[seen],
        )

    def features(self, photos: Sequence[int]) -> dict[int, CompactFeatures]:
        return {photo: self.photo(self.lefts[photo]) for photo in photos}

    def descriptors(self, photos: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        ids = np.array(sorted(photos), np.int64)
        return ids, np.tile(np.float32([0.6, 0.8]), (len(ids), 1))


def searched(lefts: dict[int, float], similarity: float = 0.5) -> tuple[Wall, Ranking]:
    """Search the wall's photos, by where they begin, for what is seen from 0 on."""
    random = np.random.default_rng(0)
    places = random.uniform([0, 0], [1800, HEIGHT], (600, 2)).astype(np.float32)
    wall = Wall(places, random.integers(0, 256, (600, 16), np.uint8), lefts)
    query = View(np.float32([1, 0]), wall.photo(0))
    candidates = [Candidate(photo, Path(f"/gone/{photo}.jpg"), similarity) for photo in lefts]
    hits = verify_candidates(wall, CALIBRATION, [query], candidates)  # type: ignore[arg-type]  # reads no more than this
    return wall, Ranking.of(hits)


def heard(wall: Wall, ranking: Ranking) -> dict[int, Hit]:
    return {hit.photo: hit for hit in ask_witnesses(wall, PicturesAtHand([]), ranking, CALIBRATION)}  # type: ignore[arg-type]


def test_two_witnesses_prove_what_the_query_sees_little_of() -> None:
    wall, ranking = searched({1: 100, 2: 110, 3: 210})
    assert {hit.photo for hit in ranking if hit.proved} == {1, 2}
    hit = heard(wall, ranking)[3]
    before = next(one for one in ranking if one.photo == 3)
    assert hit.proved
    assert hit.witness is not None
    assert hit.witness.photo in (1, 2)
    assert hit.transform is not None
    np.testing.assert_allclose(hit.transform[:2], [[1, 0, -210], [0, 1, 0]], atol=2e-2)
    np.testing.assert_allclose(hit.inlier_points[:, 2], hit.inlier_points[:, 0] - 210, atol=1e-3)
    assert hit.inliers == len(hit.inlier_points)
    assert (hit.inlier_points[:, 0] > 210).all()  # where the query and the photo overlap, and nowhere else
    assert (hit.probability or 0) >= (before.probability or 0)


def test_one_witness_is_not_enough() -> None:
    wall, ranking = searched({1: 100, 3: 210})
    hit = heard(wall, ranking)[3]
    assert not hit.proved
    assert hit.witness is None


def test_what_the_query_does_not_show_is_not_proved() -> None:
    wall, ranking = searched({1: 100, 2: 110, 3: 310})  # of the wall behind the query's end: both witnesses see it
    found = heard(wall, ranking)
    assert found[1].proved
    assert not found[3].proved


def test_a_copy_of_the_query_is_no_witness() -> None:
    wall, ranking = searched({1: 100, 2: 110, 3: 210}, similarity=0.95)
    assert not heard(wall, ranking)[3].proved


def test_what_is_improbable_needs_one_witness_and_keeps_its_own_geometry() -> None:
    lefts = {1: 20, 3: 130}
    wall, ranking = searched(lefts)
    improbable = [
        Hit(**{**vars(hit), "proved": False, "probability": 0.1}) if hit.photo == 3 else hit for hit in ranking
    ]
    assert CALIBRATION.exceeds_chance(improbable[1].support or 0)
    hit = heard(wall, Ranking.of(improbable))[3]
    assert hit.proved
    assert hit.inliers == improbable[1].inliers
    assert (hit.probability or 0) > 0.1


@pytest.mark.parametrize("by", ["paper", "probability"])
def test_without_proofs_or_by_the_rule_of_the_paper_all_stays(by: str) -> None:
    wall, ranking = searched({3: 210, 4: 220} if by == "probability" else {1: 100, 2: 110, 3: 210})
    ranking = Ranking.of(ranking.hits, by)  # type: ignore[arg-type]
    assert ask_witnesses(wall, PicturesAtHand([]), ranking, CALIBRATION) is ranking  # type: ignore[arg-type]

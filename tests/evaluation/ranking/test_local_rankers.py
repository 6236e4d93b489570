"""Rankers with local features, on features that were turned and moved by a known amount."""

import tracemalloc

import numpy as np
import pytest

from glocal.evaluation.ranking.local_rankers import InlierRanker, MixingRanker, ProbabilityRanker, Verifier
from glocal.features import CompactFeatures
from glocal.matching import LabelledPairs, fit_calibration, match_features


def random_features(rng: np.random.Generator, count: int = 150) -> CompactFeatures:
    return CompactFeatures(
        image_size=(800, 600),
        keypoints=rng.uniform([50, 50], [750, 550], (count, 2)).astype(np.float32),
        scales=np.ones(count, np.float32),
        attention=np.linspace(2, 1, count, dtype=np.float32),
        codes=rng.integers(0, 256, (count, 16), dtype=np.uint8),
    )


def another_view(rng: np.random.Generator, of: CompactFeatures, kept: int) -> CompactFeatures:
    """The first `kept` features turned by 10 degrees and shrunk; the others unrelated."""
    other = random_features(rng, len(of))
    turn = 0.9 * np.array([[np.cos(0.17), -np.sin(0.17)], [np.sin(0.17), np.cos(0.17)]])
    keypoints, codes = other.keypoints.copy(), other.codes.copy()
    keypoints[:kept] = of.keypoints[:kept] @ turn.T.astype(np.float32) + 20
    codes[:kept] = of.codes[:kept]
    return CompactFeatures((800, 600), keypoints, other.scales, other.attention, codes)


@pytest.fixture
def verifier() -> Verifier:
    rng = np.random.default_rng(0)
    query = random_features(rng)
    photos = [random_features(rng), another_view(rng, query, 40), another_view(rng, query, 120)]
    return Verifier([query], photos.__getitem__)


ROWS = np.array([0, 1, 2])
SIMILARITIES = np.array([0.9, 0.5, 0.1])


def test_inliers(verifier: Verifier) -> None:
    unrelated, some, many = InlierRanker(verifier).scores(0, ROWS, SIMILARITIES)
    assert unrelated < 10
    assert 35 <= some <= 45
    assert 110 <= many <= 125


def test_mixture(verifier: Verifier) -> None:
    inliers = verifier.inliers(0, ROWS)
    scores = MixingRanker(verifier).scores(0, ROWS, SIMILARITIES)
    expected = [
        min(70, count) / 70 + 0.25 * similarity
        for count, similarity in zip(inliers.tolist(), SIMILARITIES, strict=True)
    ]
    np.testing.assert_allclose(scores, expected)
    assert scores[2] == pytest.approx(1 + 0.025)


def test_probability(verifier: Verifier) -> None:
    rng = np.random.default_rng(1)
    same = np.arange(200) < 100
    pairs = LabelledPairs(
        similarity=np.where(same, 0.6, 0.2) + rng.normal(0, 0.1, 200),
        background=np.full(200, 0.3),
        support=np.where(same, 40.0, 5.0) + rng.integers(0, 10, 200),
        correspondences=np.full(200, 60),
        same=same,
        domain=np.zeros(200, np.int64),
        alike=np.zeros(200, np.bool_),
    )
    calibration = fit_calibration(pairs)
    scores = ProbabilityRanker(verifier, calibration).scores(0, ROWS, SIMILARITIES)
    for row, score in zip(ROWS.tolist(), scores, strict=True):
        ((_, support, correspondences),) = verifier.counts(0, np.array([row])).tolist()
        assert score == calibration.probability(SIMILARITIES[row], support, correspondences)


def test_each_pair_is_matched_once() -> None:
    rng = np.random.default_rng(0)
    query = random_features(rng)
    asked: list[int] = []

    def photo(row: int) -> CompactFeatures:
        asked.append(row)
        return another_view(np.random.default_rng(row), query, 20 * row)

    verifier = Verifier([query], photo)
    verifier.counts(0, np.array([2, 0]))
    verifier.counts(0, np.array([0, 1, 2]))
    assert sorted(asked) == [0, 1, 2]
    assert verifier.pairs == 3


def test_what_is_remembered_is_small_and_the_same_as_matching_again() -> None:
    rng = np.random.default_rng(1)
    query = random_features(rng, 20)
    photos = [another_view(rng, query, kept) for kept in (0, 8, 20)]
    verifier = Verifier([query, photos[2]], lambda row: photos[row % 3])
    verifier.counts(1, np.arange(3))  # compiles
    tracemalloc.start()
    for rows in (np.arange(500), np.array([5, 2, 2, 999]), np.arange(1000)[::-1]):
        counts = verifier.counts(0, rows)
        for place in (0, 1, len(rows) - 1):
            match = match_features(query, photos[rows[place] % 3])
            assert counts[place].tolist() == [match.inlier_count, match.support, len(match)]
    remembered, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert verifier.pairs == 1003
    assert remembered < 1000 * 300  # a match itself takes some 900 bytes here
    assert verifier.known_inliers(0, 999) == counts[0, 0]
    assert verifier.known_inliers(0, 1000) is None
    assert verifier.known_inliers(2, 0) is None

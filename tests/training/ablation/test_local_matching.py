"""Pairs of photos and their average precision, against slow formulas."""

from collections import Counter
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.features import Features  # noqa: E402
from glocal.training.ablation.local_matching import LEAST_COSINE, draw_pairs, match_floats, pair_precisions  # noqa: E402


def features(seed, count=40, dimensions=16, shift=0.0, noise=0.0, look=0):
    """Return random features at random places; the same `look` and `seed` differ by a shift and by noise alone."""
    random = np.random.default_rng([look, seed])
    keypoints = random.uniform(50, 300, (count, 2))
    descriptors = random.normal(size=(count, dimensions)) + noise * np.random.default_rng(99).normal(
        size=(count, dimensions)
    )
    return Features(
        image_size=(640, 480),
        keypoints=keypoints + shift,
        scales=np.ones(count),
        attention=np.linspace(2, 1, count),
        global_descriptor=np.eye(4)[0],
        descriptors=descriptors / np.linalg.norm(descriptors, axis=1, keepdims=True),
    )


@given(st.lists(st.integers(0, 4), min_size=2, max_size=40), st.integers(1, 60))
def test_pairs_are_what_they_say_and_none_is_there_twice(numbers, count):
    identities = [f"thing-{number}" for number in numbers]
    pairs = draw_pairs(identities, count)
    assert all(same == (identities[a] == identities[b]) and a != b for a, b, same in pairs)
    assert len({frozenset(pair[:2]) for pair in pairs}) == len(pairs)
    assert pairs == draw_pairs(identities, count)


def test_each_identity_gives_as_many_pairs():
    identities = ["much"] * 50 + ["some"] * 20 + ["few"] * 3
    pairs = draw_pairs(identities, 60)
    same = Counter(identities[a] for a, _, same in pairs if same)
    different = Counter(frozenset((identities[a], identities[b])) for a, b, same in pairs if not same)
    assert same == {"much": 20, "some": 20, "few": 3}
    assert set(different.values()) == {20}


def test_float_matches_are_mutual_nearest_neighbours():
    a, b = features(1, dimensions=4), features(2, dimensions=4)
    match = match_floats(a, b)
    expected = []
    for row in range(len(a)):
        cosines = [float(a.descriptors[row] @ other) for other in b.descriptors]
        best = int(np.argmax(cosines))
        back = int(np.argmax([float(one @ b.descriptors[best]) for one in a.descriptors]))
        if back == row and cosines[best] >= LEAST_COSINE:
            expected.append((row, best))
    assert [tuple(pair) for pair in match.correspondences.tolist()] == expected
    assert 0 < len(expected) < 40


def test_a_shifted_photo_is_verified():
    match = match_floats(features(1), features(1, shift=30.0, noise=0.2))
    assert match.inlier_count == 40
    assert match.transform[:2, 2] == pytest.approx([30, 30], abs=0.5)


def test_no_features_match_nothing():
    assert len(match_floats(features(1), features(2, count=0))) == 0


def test_photos_of_the_same_thing_come_first():
    photos = [features(look, shift=10.0 * view, noise=0.2 * view, look=look) for look in range(3) for view in range(3)]
    found = pair_precisions(photos, [f"thing-{look}" for look in range(3) for _ in range(3)])
    assert set(found) == {"AP inliers", "AP correspondences", "AP float inliers", "AP float correspondences"}
    assert found["AP inliers"] == found["AP float inliers"] == 1.0


def test_average_precision_is_that_of_the_counts_worked_out_by_hand(monkeypatch):
    """Four photos of two things; the inliers of each pair are given."""
    from glocal.matching import Match
    from glocal.training.ablation import local_matching as module

    inliers = {(0, 1): 9, (2, 3): 4, (0, 2): 6, (0, 3): 4, (1, 2): 0, (1, 3): 2}

    def given(a, b):
        count = inliers[(int(a.image_size[0]), int(b.image_size[0]))]
        rows = np.zeros((10, 2), np.int32)
        return Match(rows, np.arange(10) < count, np.eye(3), count)

    class Photo:
        def __init__(self, number):
            self.image_size = (number, 1)

        def compact(self):
            return self

    monkeypatch.setattr(module, "match_features", given)
    monkeypatch.setattr(module, "match_floats", given)
    found = pair_precisions([cast("Features", Photo(number)) for number in range(4)], ["a", "a", "b", "b"])
    # Thresholds 9, 6, 4: right 1 of 1, 1 of 2, 2 of 4 (the two pairs of 4 enter together): 1/2 · 1 + 1/2 · 2/4.
    assert found["AP inliers"] == pytest.approx(0.75)
    # All pairs have ten correspondences: 2 right of 6.
    assert found["AP correspondences"] == pytest.approx(1 / 3)

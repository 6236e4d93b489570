from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.collection.similarity_trust import COMPARED, proof_weights, trusted

NUMBERS = st.lists(st.tuples(st.floats(-1, 1), st.just(0.0) | st.floats(0.01, 3)), min_size=1, max_size=40)


@given(NUMBERS)
def test_the_order_by_similarity_is_never_turned_round(photos: list[tuple[float, float]]) -> None:
    similarities, weights = np.array([one for one, _ in photos]), np.array([one for _, one in photos])
    told = trusted(similarities, weights)
    order = np.argsort(similarities)
    assert (np.diff(told[order]) >= -1e-12).all()
    assert np.abs(told - np.median(similarities)).max() <= np.abs(similarities - np.median(similarities)).max() + 1e-12


@given(NUMBERS)
def test_without_proofs_or_without_others_nothing_changes(photos: list[tuple[float, float]]) -> None:
    similarities = np.array([one for one, _ in photos])
    for weights in (np.zeros(len(photos)), np.ones(len(photos))):
        assert (trusted(similarities, weights) == similarities).all()


def test_similarity_that_tells_proved_photos_apart_stays_as_it_is() -> None:
    similarities = np.array([0.9, 0.8, 0.5, 0.4, 0.3])
    assert (trusted(similarities, np.array([1.0, 1, 0, 0, 0])) == similarities).all()


def test_similarity_that_tells_nothing_becomes_one_number() -> None:
    similarities = np.array([0.9, 0.8, 0.5, 0.4, 0.3])
    told = trusted(similarities, np.array([0.0, 0, 1, 1, 1]))
    assert told == pytest.approx([0.5] * 5)


def test_the_share_is_that_of_the_definition() -> None:
    similarities = np.array([0.9, 0.7, 0.5, 0.3])
    # One of two others is less similar; with one proved photo above all: (0.5 + 1) / 2 = 0.75, which tells nothing.
    assert trusted(similarities, np.array([0.0, 1, 0, 0]))[0] < 0.9
    # Two others less similar of three, twice: (2/3 + 2/3 + 1) / 3 = 0.7778, of which 0.0278 / 0.25 is left.
    five = np.array([0.9, 0.71, 0.7, 0.5, 0.3])
    told = trusted(five, np.array([0.0, 1, 1, 0, 0]))
    assert told[0] - told[4] == pytest.approx((7 / 9 - 0.75) / 0.25 * 0.6)


def test_only_the_most_similar_others_count() -> None:
    near, far = np.linspace(0.5, 0.6, COMPARED), np.full(5000, -0.5)
    similarities = np.concatenate([[0.4], near, far])
    told = trusted(similarities, 1.0 * (np.arange(len(similarities)) == 0))
    assert np.ptp(told) < 1e-9


def test_a_photo_counts_by_how_far_its_support_is_above_chance() -> None:
    weights = proof_weights(np.array([0.0, 17.0, 17.4, 17.4 * np.e, 1000.0]), 17.4)
    assert weights[:4] == pytest.approx([0, 0, 0, 2])
    assert weights[4] > weights[3]


def test_a_proof_that_is_hardly_one_hardly_counts() -> None:
    similarities = np.array([0.9, 0.8, 0.5, 0.4, 0.3])
    hardly, clearly = (trusted(similarities, np.array([0.0, 0, weight, 0, 0])) for weight in (0.01, 2.0))
    assert np.ptp(hardly) > 0.95 * np.ptp(similarities)
    assert np.ptp(clearly) < 0.5 * np.ptp(similarities)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.collection.telling import COMPARED, telling

NUMBERS = st.lists(st.tuples(st.floats(-1, 1), st.booleans()), min_size=1, max_size=40)


@given(NUMBERS)
def test_the_order_by_similarity_is_never_turned_round(photos: list[tuple[float, bool]]) -> None:
    similarities, proved = np.array([one for one, _ in photos]), np.array([one for _, one in photos])
    told = telling(similarities, proved)
    order = np.argsort(similarities)
    assert (np.diff(told[order]) >= -1e-12).all()
    assert np.abs(told - np.median(similarities)).max() <= np.abs(similarities - np.median(similarities)).max() + 1e-12


@given(NUMBERS)
def test_without_proofs_or_without_others_nothing_changes(photos: list[tuple[float, bool]]) -> None:
    similarities = np.array([one for one, _ in photos])
    for proved in (np.zeros(len(photos), np.bool_), np.ones(len(photos), np.bool_)):
        assert (telling(similarities, proved) == similarities).all()


def test_similarity_that_tells_proved_photos_apart_stays_as_it_is() -> None:
    similarities = np.array([0.9, 0.8, 0.5, 0.4, 0.3])
    assert (telling(similarities, np.array([True, True, False, False, False])) == similarities).all()


def test_similarity_that_tells_nothing_becomes_one_number() -> None:
    similarities = np.array([0.9, 0.8, 0.5, 0.4, 0.3])
    told = telling(similarities, np.array([False, False, True, True, True]))
    assert told == pytest.approx([0.5] * 5)


def test_the_share_is_that_of_the_definition() -> None:
    similarities = np.array([0.9, 0.7, 0.5, 0.3])
    # One of two others is less similar; with one proved photo above all: (0.5 + 1) / 2 = 0.75, which tells nothing.
    assert telling(similarities, np.array([False, True, False, False]))[0] < 0.9
    # Two others less similar of three, twice: (2/3 + 2/3 + 1) / 3 = 0.7778, of which 0.0278 / 0.25 is left.
    five = np.array([0.9, 0.71, 0.7, 0.5, 0.3])
    told = telling(five, np.array([False, True, True, False, False]))
    assert told[0] - told[4] == pytest.approx((7 / 9 - 0.75) / 0.25 * 0.6)


def test_only_the_most_similar_others_count() -> None:
    near, far = np.linspace(0.5, 0.6, COMPARED), np.full(5000, -0.5)
    similarities = np.concatenate([[0.4], near, far])
    told = telling(similarities, np.arange(len(similarities)) == 0)
    assert np.ptp(told) < 1e-9

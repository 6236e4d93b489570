"""The background of a search: the second half of the hundred photos most like the query."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.matching import background_among_few, background_of


@pytest.mark.slow
@given(st.lists(st.floats(-1, 1), min_size=100, max_size=300), st.randoms())
def test_it_is_the_mean_of_ranks_51_to_100_in_any_order(similarities, random):
    expected = sum(sorted(similarities, reverse=True)[50:100]) / 50
    random.shuffle(similarities)
    assert background_of(similarities) == pytest.approx(expected, abs=1e-12)


def test_too_few_photos_have_none():
    assert background_of([0.5] * 99) is None
    assert background_of([0.5] * 100) == pytest.approx(0.5)


def test_photos_that_show_the_thing_do_not_raise_it():
    others = np.linspace(0.1, 0.4, 200).tolist()
    assert background_of([0.9] * 20 + others) < background_of(others) + 0.05


def test_among_few_the_least_similar_of_those_not_proved_speak_and_the_less_the_fewer_they_are():
    random = np.random.default_rng(0)
    others, proved = random.uniform(0.3, 0.8, 31), np.full(9, 0.9)
    similarities, known = np.concatenate([others, proved]), np.arange(40) >= 31
    order = random.permutation(40)
    expected = 0.6 * 0.2 + 0.4 * np.mean(sorted(others)[:7])
    assert background_among_few(similarities[order], known[order], 0.2) == pytest.approx(expected)


def test_few_photos_of_all_kinds_say_nothing_nor_do_fewer_than_twenty_that_are_not_proved():
    assert background_among_few(np.linspace(0, 0.9, 40), np.zeros(40, np.bool_), 0.2) == 0.2
    assert background_among_few(np.full(40, 0.8), np.arange(40) >= 19, 0.2) == 0.2
    assert background_among_few(np.full(40, 0.8), np.arange(40) >= 20, 0.2) == pytest.approx(0.44)

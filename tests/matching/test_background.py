"""The background of a search: the second half of the hundred photos most like the query."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.matching import background_of


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

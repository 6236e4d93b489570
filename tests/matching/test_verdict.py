"""Three words, one rule."""

import pytest

from glocal.matching import verdict_of


@pytest.mark.parametrize(
    ("probability", "proved", "word"),
    [(0.99, True, "proved"), (0.1, True, "proved"), (0.5, False, "likely"), (0.49, False, "similar")],
)
def test_proof_comes_before_probability(probability, proved, word):
    assert verdict_of(probability, proved=proved) == word

"""Numbers of things in words."""

from __future__ import annotations

import pytest

from glocal.counting import counted


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 queries"), (1, "1 query"), (2, "2 queries"), (1001, "1001 queries")]
)
def test_one_is_one_and_others_are_several(number: int, words: str) -> None:
    assert counted(number, "query", "queries") == words


def test_most_nouns_take_an_s() -> None:
    assert (counted(1, "photo"), counted(3, "photo")) == ("1 photo", "3 photos")

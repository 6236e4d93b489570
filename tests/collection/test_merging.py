from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from glocal.collection.merging import merged

LISTS = st.lists(st.integers(0, 50), unique=True, max_size=30)


@given(LISTS, LISTS, st.integers(0, 80))
def test_every_photo_comes_once_until_there_are_enough(first: list[int], second: list[int], count: int) -> None:
    found = merged(first, second, count)
    assert len(found) == len(set(found)) == min(count, len({*first, *second}))
    assert set(found) <= {*first, *second}


@given(LISTS, LISTS, st.integers(0, 30))
def test_the_heads_of_both_lists_are_among_the_first(first: list[int], second: list[int], n: int) -> None:
    assert {*first[:n], *second[:n]} <= set(merged(first, second, 2 * n))


@given(LISTS, LISTS)
def test_nobody_goes_before_one_who_is_ahead_of_them_in_both_lists(first: list[int], second: list[int]) -> None:
    found = merged(first, second, 80)
    both = [photo for photo in first if photo in second]
    for a in both:
        for b in both:
            if first.index(a) < first.index(b) and second.index(a) < second.index(b):
                assert found.index(a) < found.index(b)


@given(LISTS, st.integers(0, 40))
def test_lists_that_agree_stay_as_they_are(photos: list[int], n: int) -> None:
    assert merged(photos, photos, n) == photos[:n]
    assert merged(photos, [], n) == photos[:n]


def test_lists_take_turns() -> None:
    assert merged([1, 2, 3], [4, 3, 5], 10) == [1, 4, 2, 3, 5]
    assert merged([1], [4, 1, 5, 6], 3) == [1, 4, 5]

"""Groups of photos, against a slow search for bridges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from glocal.collection.albums.communities import STRONG, communities
from glocal.collection.albums.links import Link

Pairs = dict[tuple[int, int], float]


def parts(pairs: set[tuple[int, int]]) -> list[set[int]]:
    """Connected parts, by joining sets until nothing changes."""
    found: list[set[int]] = []
    for pair in pairs:
        touched = [part for part in found if part & set(pair)]
        found = [part for part in found if part not in touched] + [set(pair).union(*touched)]
    return found


def slow(pairs: Pairs) -> set[frozenset[int]]:
    kept = set(pairs)
    for pair, probability in pairs.items():
        without = parts(set(pairs) - {pair})
        sides = [next((part for part in without if end in part), {end}) for end in pair]
        if sides[0] != sides[1] and min(map(len, sides)) > 1 and probability < STRONG:
            kept.discard(pair)
    return {frozenset(part) for part in parts(kept)}


PAIRS = st.tuples(st.integers(0, 11), st.integers(0, 11)).map(sorted).map(tuple).filter(lambda pair: pair[0] < pair[1])


@given(st.dictionaries(PAIRS, st.sampled_from([0.6, 1.0]), max_size=18))
def test_weak_bridges_part_groups(pairs: Pairs) -> None:
    links = [Link(first, second, probability) for (first, second), probability in pairs.items()]
    found = communities(links)
    assert set(found) == slow(pairs)
    assert found == sorted(found, key=min)


def test_two_triangles_and_what_holds_them() -> None:
    triangles = [Link(1, 2, 0.7), Link(2, 3, 0.7), Link(1, 3, 0.7), Link(4, 5, 0.7), Link(5, 6, 0.7), Link(4, 6, 0.7)]
    assert communities([*triangles, Link(3, 4, 0.9)]) == [{1, 2, 3}, {4, 5, 6}]
    assert communities([*triangles, Link(3, 4, 0.9999)]) == [{1, 2, 3, 4, 5, 6}]
    assert communities([*triangles, Link(3, 4, 0.9), Link(2, 5, 0.9)]) == [{1, 2, 3, 4, 5, 6}]
    assert communities([*triangles, Link(3, 7, 0.5)]) == [{1, 2, 3, 7}, {4, 5, 6}]


def test_a_chain_longer_than_recursion_allows() -> None:
    links = [Link(number, number + 1, 1.0) for number in range(5000)]
    assert [len(group) for group in communities(links)] == [5001]

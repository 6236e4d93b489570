"""Groups of photos, against joining them one by one with all sums made anew each time."""

from __future__ import annotations

import math
import random
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from glocal.collection.albums.communities import CAUTION, PER_PHOTO, TAKEN_BACK, communities
from glocal.collection.albums.links import Link


def said(link: Link) -> float:
    odds = math.log(link.probability) - math.log1p(-link.probability)
    return max(odds - CAUTION, 0.0) if link.proved else min(odds, 0.0) - TAKEN_BACK


def slow(links: list[Link]) -> set[frozenset[int]]:
    groups = {frozenset([photo]) for link in links for photo in (link.first, link.second)}
    while True:
        sums = {
            (a, b): sum(said(link) for link in links if {link.first, link.second} & a and {link.first, link.second} & b)
            for a, b in combinations(groups, 2)
        }
        enough = [pair for pair in sums if sums[pair] > PER_PHOTO * (math.sqrt(len(pair[0]) * len(pair[1])) - 1) + 1e-9]
        best = max(enough, key=sums.__getitem__, default=None)
        if best is None:
            return {group for group in groups if len(group) > 1}
        groups = (groups - set(best)) | {best[0] | best[1]}


@given(st.integers(0, 1 << 32), st.integers(2, 9), st.floats(0.1, 1.0))
def test_what_speaks_most_for_joining_is_joined_first(seed: int, photos: int, density: float) -> None:
    chance = random.Random(seed)  # no two sums are equal
    links = [
        Link(first, second, chance.uniform(0.01, 0.99), chance.random() < 0.7)
        for first, second in combinations(range(photos), 2)
        if chance.random() < density
    ]
    found = communities(links)
    assert set(found) == slow(links)
    assert found == sorted(found, key=min)


def triangle(*photos: int) -> list[Link]:
    return [Link(first, second, 0.98) for first, second in combinations(photos, 2)]


def test_one_wrong_proof_does_not_join_what_differs_elsewhere() -> None:
    triangles = [*triangle(1, 2, 3), *triangle(4, 5, 6)]
    bridges = [Link(first, second, 0.97) for first, second in ((3, 4), (2, 5), (1, 6))]
    assert communities([*triangles, *bridges]) == [{1, 2, 3, 4, 5, 6}]
    taken_back = [Link(1, 5, 0.4, proved=False), Link(2, 6, 0.4, proved=False)]
    assert communities([*triangles, *bridges, *taken_back]) == [{1, 2, 3}, {4, 5, 6}]
    assert communities([*triangles, Link(3, 4, 0.6)]) == [{1, 2, 3}, {4, 5, 6}]


def test_a_bridge_must_bear_what_it_joins() -> None:
    """One proof joins a photo to three others, and does not join two things that ten photos show each."""
    bridge = Link(1, 100, 0.97)
    assert communities([*triangle(1, 2, 3), bridge]) == [{1, 2, 3, 100}]
    many, others = range(1, 11), range(100, 110)
    assert communities([*triangle(*many), *triangle(*others), bridge]) == [set(many), set(others)]
    bridges = [Link(first, second, 0.97) for first in many for second in others if first % 5 == second % 5]
    assert communities([*triangle(*many), *triangle(*others), *bridges]) == [{*many, *others}]


def test_files_with_the_same_bytes_are_together_and_count_as_one() -> None:
    copies = [Link(1, copy, 1.0, same_bytes=True) for copy in range(1000, 3000)]
    (album,) = communities([*copies, *triangle(1, 2, 3), Link(2, 4, 0.98)])
    assert album == {1, 2, 3, 4, *range(1000, 3000)}


def test_probabilities_at_the_ends_are_links_like_others() -> None:
    assert communities([Link(1, 2, 1.0), Link(2, 3, 0.0, proved=False)]) == [{1, 2}]
    assert communities([]) == []


def test_a_chain_longer_than_recursion_allows() -> None:
    links = [Link(number, number + 1, 1.0, same_bytes=True) for number in range(5000)]
    assert [len(group) for group in communities(links)] == [5001]

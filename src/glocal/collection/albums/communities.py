"""Which photos belong together: links speak for it or against it, and groups are joined while more speaks for it."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Sequence

from glocal.collection.albums.links import Link

CAUTION = 1.0
"""Subtracted from the log odds of a proved link: one below a probability of 0.73 says nothing. This and `TAKEN_BACK`
were chosen on packages/val, where packages of a brand differ in their sort alone, covers, minifigures and a campus."""

TAKEN_BACK = 2.0
"""Least that a link says against joining, in log odds, whose proof the pixels took back."""

_LEAST = 1e-3
"""Probabilities count as at least this and at most the rest, so that no single link outweighs all others."""


def communities(links: Sequence[Link]) -> list[frozenset[int]]:
    """Return the groups of at least two photos that belong together, by their least id.

    The two groups between which links say most for joining, all in all, are joined, again and again, until between
    no two groups they speak for it: greedy additive edge contraction (Keuper et al., "Efficient Decomposition of Image
    and Mesh Graphs by Lifted Multicuts", ICCV 2015, algorithm 1). So one wrong proof does not join two things whose
    photos were otherwise found to differ.

    Args:
        links: each pair of photos at most once.
    """
    evidence: dict[int, dict[int, float]] = defaultdict(dict)
    for link in links:
        evidence[link.first][link.second] = evidence[link.second][link.first] = _said(link)
    members = {photo: [photo] for photo in evidence}
    waiting = [(-said, link.first, link.second) for link in links if (said := _said(link)) > 0]
    heapq.heapify(waiting)
    while waiting:
        said, first, second = heapq.heappop(waiting)
        if evidence.get(first, {}).get(second) != -said:  # one of both was joined with another since
            continue
        if len(evidence[first]) < len(evidence[second]):
            first, second = second, first
        members[first] += members.pop(second)
        for other, changed in _joined(evidence, first, second):
            if changed > 0:
                heapq.heappush(waiting, (-changed, first, other))
    return sorted((frozenset(group) for group in members.values() if len(group) > 1), key=min)


def _joined(evidence: dict[int, dict[int, float]], first: int, second: int) -> list[tuple[int, float]]:
    """Add what is said of the second group to the first; return the groups of which more or less is said now."""
    del evidence[first][second]
    moved = evidence.pop(second)
    del moved[first]
    for other, said in moved.items():
        del evidence[other][second]
        evidence[first][other] = evidence[other][first] = evidence[first].get(other, 0.0) + said
    return [(other, evidence[first][other]) for other in moved]


def _said(link: Link) -> float:
    """Return what a link says for joining, or against it, in log odds."""
    probability = min(max(link.probability, _LEAST), 1.0 - _LEAST)
    odds = math.log(probability / (1.0 - probability))
    return max(odds - CAUTION, 0.0) if link.proved else min(odds, 0.0) - TAKEN_BACK

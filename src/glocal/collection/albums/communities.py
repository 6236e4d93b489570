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

PER_PHOTO = 3.0
"""What must be said for joining two groups grows by this with each photo, in the geometric mean of both: a link that is
wrong joins the more, the larger they are. Chosen on packages/train, among 3,600 photos: 99 of 100 pairs of photos in
one album are right so, 95 with 2, 86 with 0."""

_LEAST = 1e-3
"""Probabilities count as at least this and at most the rest, so that no single link outweighs all others."""


def communities(links: Sequence[Link]) -> list[frozenset[int]]:
    """Return the groups of at least two photos that belong together, by their least id.

    The two groups between which links say most for joining, all in all, are joined, again and again, until between
    no two groups they say enough for their sizes: greedy additive edge contraction (Keuper et al., "Efficient
    Decomposition of Image and Mesh Graphs by Lifted Multicuts", ICCV 2015, algorithm 1), with `PER_PHOTO` besides. So
    one wrong proof does not join two things whose photos were otherwise found to differ, nor two that many photos show.
    Files with the same bytes are together in any case, and count as one photo.

    Args:
        links: each pair of photos at most once.
    """
    evidence: dict[int, dict[int, float]] = defaultdict(dict)
    for link in links:
        evidence[link.first][link.second] = evidence[link.second][link.first] = _said(link)
    members, sizes = {photo: [photo] for photo in evidence}, dict.fromkeys(evidence, 1)
    waiting = [(-said, link.first, link.second) for link in links if (said := _said(link)) > 0]
    heapq.heapify(waiting)
    while waiting:
        said, first, second = heapq.heappop(waiting)
        if evidence.get(first, {}).get(second) != -said:  # one of both was joined with another since
            continue
        if -said <= _needed(sizes[first], sizes[second]):
            continue
        if len(evidence[first]) < len(evidence[second]):
            first, second = second, first
        members[first] += members.pop(second)
        other_size = sizes.pop(second)
        sizes[first] = max(sizes[first], other_size) if said == -math.inf else sizes[first] + other_size
        for other, changed in _joined(evidence, first, second):
            if changed > 0:
                heapq.heappush(waiting, (-changed, first, other))
    return sorted((frozenset(group) for group in members.values() if len(group) > 1), key=min)


def _needed(size: int, other_size: int) -> float:
    """Return what links must say for joining groups of so many photos, in log odds."""
    return PER_PHOTO * (math.sqrt(size * other_size) - 1.0)


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
    if link.same_bytes:
        return math.inf
    probability = min(max(link.probability, _LEAST), 1.0 - _LEAST)
    odds = math.log(probability / (1.0 - probability))
    return max(odds - CAUTION, 0.0) if link.proved else min(odds, 0.0) - TAKEN_BACK

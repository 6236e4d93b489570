"""Which photos hang together: connected parts of a graph of links, parted where one weak link alone holds two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from glocal.collection.albums.links import Link

STRONG = 0.999
"""Probability from which one link alone may hold two groups of photos together."""

_Neighbours = Mapping[int, Sequence[tuple[int, int]]]
"""Of each photo, (another, number of the link)."""


def communities(links: Sequence[Link]) -> list[frozenset[int]]:
    """Return the groups of at least two photos that links hold together, by their least id.

    A *bridge* is a link without which its group falls in two. Where both parts have at least two photos, a bridge that
    is not `STRONG` is left out: one wrong proof must not make one album of two.

    Args:
        links: each pair of photos at most once.
    """
    weak = {number for number, smaller in _bridges(links) if smaller > 1 and links[number].probability < STRONG}
    parts = _parts([link for number, link in enumerate(links) if number not in weak])
    return sorted((frozenset(part) for part in parts), key=min)


def _neighbours(links: Iterable[Link]) -> dict[int, list[tuple[int, int]]]:
    neighbours: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, link in enumerate(links):
        neighbours[link.first].append((link.second, number))
        neighbours[link.second].append((link.first, number))
    return neighbours


def _parts(links: Sequence[Link]) -> Iterator[list[int]]:
    """Yield the photos of each connected part."""
    neighbours = _neighbours(links)
    seen: set[int] = set()
    for start in neighbours:
        if start not in seen:
            yield [photo for photo, _, _ in _walk(neighbours, start, seen)]


def _bridges(links: Sequence[Link]) -> Iterator[tuple[int, int]]:
    """Yield (number of the link, photos on its smaller side) of each bridge (Tarjan 1974, by lowest places reached)."""
    neighbours = _neighbours(links)
    seen: set[int] = set()
    for start in neighbours:
        if start in seen:
            continue
        walked = list(_walk(neighbours, start, seen))
        place = {photo: number for number, (photo, _, _) in enumerate(walked)}
        lowest = list(range(len(walked)))
        size = [1] * len(walked)
        for number in range(len(walked) - 1, 0, -1):
            photo, parent, link = walked[number]
            reached = (place[other] for other, by in neighbours[photo] if by != link)
            lowest[number] = min(lowest[number], min(reached, default=number))
            above = place[parent]
            lowest[above], size[above] = min(lowest[above], lowest[number]), size[above] + size[number]
            if lowest[number] == number:
                yield link, min(size[number], len(walked) - size[number])


def _walk(neighbours: _Neighbours, start: int, seen: set[int]) -> Iterator[tuple[int, int, int]]:
    """Walk a part depth first; yield (photo, the photo it was met from, number of the link), -1 at the start."""
    stack = [(start, -1, -1)]
    while stack:
        photo, parent, link = stack.pop()
        if photo in seen:
            continue
        seen.add(photo)
        yield photo, parent, link
        stack.extend((other, photo, number) for other, number in neighbours[photo] if other not in seen)

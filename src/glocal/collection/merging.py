"""One list of candidates from two that were found by different evidence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice, zip_longest


def merged(first: Sequence[int], second: Sequence[int], count: int) -> list[int]:
    """Return up to `count` photos of two lists, each best first: from one and from the other in turn, each photo once.

    So the first n of each list are among the first 2 n, whatever the other says. Ranks of both added up, as reciprocal
    rank fusion does, put photos that both lists find middling before those that only one of them knows.
    """
    turns = chain.from_iterable(zip_longest(first, second))
    return list(islice(dict.fromkeys(photo for photo in turns if photo is not None), count))

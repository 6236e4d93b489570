"""One list of candidates from two that were found by different evidence."""

from __future__ import annotations

from collections.abc import Sequence


def merged(first: Sequence[int], second: Sequence[int], count: int) -> list[int]:
    """Return up to `count` photos of two lists, each best first: the better its places in both, the earlier a photo.

    A photo's score is the sum of 1 / (60 + place) over both lists (reciprocal rank fusion: Cormack, Clarke, Büttcher,
    SIGIR 2009, whose constant this is). Scores of two kinds need not be made comparable for it.
    """
    scores: dict[int, float] = {}
    for photos in (first, second):
        for place, photo in enumerate(photos, 1):
            scores[photo] = scores.get(photo, 0.0) + 1.0 / (60 + place)
    return sorted(scores, key=lambda photo: (-scores[photo], photo))[:count]

"""Which of a photo and its copies is the best, by how their pixels differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from glocal.agreement import PictureDifference
from glocal.collection.catalog import PhotoRecord
from glocal.collection.duplicates.difference_words import is_marked_beside, is_turned_beside

_FINER = 1.1
"""Least ratio of resolutions that counts: a copy saved a little larger is not better."""

Compared = tuple[PhotoRecord, PictureDifference | None]
"""A copy, and its difference from a reference; None: the same bytes."""


def resolution_steps(scale: float) -> int:
    """Return a ratio of resolutions in steps that count."""
    return round(math.log(scale) / math.log(_FINER))


def best_of(reference: PhotoRecord, copies: Sequence[Compared]) -> PhotoRecord:
    """Return the best of a photo and its copies.

    It has no frame, is the finest, shows most, has colours, no mark, stands as most do, and is the largest file.
    """
    odd = _Oddities.of([difference for _, difference in copies if difference is not None])
    quality = [(_quality(difference, odd), photo) for photo, difference in [(reference, None), *copies]]
    return max(quality, key=lambda one: (*one[0], one[1].file.size, -one[1].file.mtime_ns))[1]


@dataclass(frozen=True)
class _Oddities:
    """What a reference has that its copies have not.

    Attributes:
        framed: half of them are without its frame; to a crop alone, plain sky is a frame.
        marked: all of them differ by a mark, and are two at least: of two photos nobody knows which was written on.
        turned: most of them stand otherwise, and are two at least.
    """

    framed: bool
    marked: bool
    turned: bool

    @classmethod
    def of(cls, differences: Sequence[PictureDifference]) -> _Oddities:
        """Judge a reference by the differences of its copies."""
        count = len(differences)
        return cls(
            framed=count > 0 and 2 * sum(one.first_framed for one in differences) >= count,
            marked=count > 1 and all(map(is_marked_beside, differences)),
            turned=count > 1 and 2 * sum(map(is_turned_beside, differences)) > count,
        )


def _quality(difference: PictureDifference | None, reference: _Oddities) -> tuple[float, ...]:
    """Return what the best photo has most of, the reference being (0 steps, 1.0)."""
    if difference is None:
        return not reference.framed, 0, 1.0, True, not reference.marked, not reference.turned
    beyond = 1.0 if difference.second_framed else max(difference.second_share, 0.01)
    shown = 1.0 if difference.first_framed else difference.first_share
    return (
        not difference.second_framed,
        resolution_steps(difference.scale),
        round(shown / beyond, 1),
        difference.second_colours,
        is_marked_beside(difference) == reference.marked,
        is_turned_beside(difference) == reference.turned,
    )

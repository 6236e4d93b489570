"""What a search finds before it verifies anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Candidate:
    """A photo that was found, and is not verified yet.

    Attributes:
        photo: its id in the collection.
        path: of the photo.
        similarity: inner product of the global descriptors, in [-1, 1]; the greatest over the query's views
            (see `glocal.features.TURNED_PENALTY` for turned ones).
        ways: which ways of laying down the query speak for it, by number over all views; none: any may.
        background: of the search, as `glocal.matching.background_of` has it; None: too few photos were searched.
    """

    photo: int
    path: Path
    similarity: float
    ways: frozenset[int] = frozenset()
    background: float | None = None


@dataclass(frozen=True)
class Found:
    """What a search has found before it verifies anything.

    Attributes:
        candidates: best first.
        missing_shards: see `Ranking.missing_shards`.
    """

    candidates: Sequence[Candidate]
    missing_shards: tuple[str, ...] = ()

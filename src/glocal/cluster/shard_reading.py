"""What is asked of one shard in a search, by its own ids: of a collection in this process, or by a call to another."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glocal.collection import PartReading, Votes
from glocal.features import CompactFeatures

Ids = NDArray[np.int64]

QUICKLY = 1
"""Level of compression: 1 to 2 ms for a search's counts of a shard; higher ones leave hardly less."""


class ShardTally(Protocol):
    """What a shard has near the local features of a query: see `glocal.collection.Tally`."""

    @property
    def photos(self) -> int:
        """How many could be voted for."""

    @property
    def counts(self) -> Sequence[NDArray[np.integer]]:
        """How many photos have their nearest feature at each distance."""

    def votes_among(
        self, counts: Sequence[NDArray[np.integer]], photos: int, best: int, others: Sequence[int]
    ) -> Votes:
        """Weigh what was found by what all shards have, and return the votes for the best photos and some others."""


class ShardReading(PartReading, Protocol):
    """One shard. All questions may raise ShardDownError.

    Links are also asked for with witnesses of other shards.
    """

    def listed(self) -> tuple[int, int] | None:
        """Return how many features are listed, and by how many visual words; None: the model has none."""

    def tally(self, views: Sequence[CompactFeatures], words: int, allowed: Ids | None = None) -> ShardTally:
        """Find what the photos have near the local features of views."""


@dataclass(frozen=True)
class PackedCounts:
    """Counts as they are sent: most are 0, and those of like distances alike, so that a quarter is left of them.

    Attributes:
        shape: queries' features, distances.
        type: of NumPy, the smallest that holds them.
        deflated: all numbers, distance by distance, compressed.
    """

    shape: tuple[int, ...]
    type: str
    deflated: bytes

    @classmethod
    def of(cls, counts: NDArray[np.integer]) -> PackedCounts:
        """Pack counts [Q, distances]."""
        small = counts.astype(np.min_scalar_type(counts.max(initial=0)))
        return cls(small.shape, small.dtype.str, zlib.compress(small.T.tobytes(), QUICKLY))

    def counts(self) -> NDArray[np.integer]:
        """Return the counts [Q, distances]."""
        numbers = np.frombuffer(zlib.decompress(self.deflated), self.type)
        return numbers.reshape(self.shape[::-1]).T


def packed_counts(counts: Iterable[NDArray[np.integer]]) -> list[PackedCounts]:
    """Return the counts of each view of a query as they are sent."""
    return [PackedCounts.of(part) for part in counts]

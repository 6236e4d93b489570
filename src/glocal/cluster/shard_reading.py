"""What is asked of one shard in a search, by its own ids: of a collection in this process, or by a call to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glocal.collection import PartReading, Votes
from glocal.features import CompactFeatures

Ids = NDArray[np.int64]


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


def compacted(counts: Iterable[NDArray[np.integer]]) -> list[NDArray[np.integer]]:
    """Return counts in the smallest type that holds them, to be sent."""
    return [one.astype(np.min_scalar_type(one.max(initial=0))) for one in counts]

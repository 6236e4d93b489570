"""One number for every photo of all shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Numbering:
    """The number of a photo: its id in its shard times the number of shards, plus its shard.

    Attributes:
        shards: their number.
    """

    shards: int

    def outer(self, shard: int, photo: int) -> int:
        """Return the number of a photo of a shard."""
        return photo * self.shards + shard

    def inner(self, photo: int) -> int:
        """Return the id of a photo in its shard."""
        return photo // self.shards

    def within(self, photos: Sequence[int]) -> dict[int, list[int]]:
        """Return the ids within each shard that holds some of the photos, in the order given."""
        found: dict[int, list[int]] = {}
        for photo in photos:
            found.setdefault(photo % self.shards, []).append(photo // self.shards)
        return found

    def mapped(self, shard: int, values: Mapping[int, Value]) -> dict[int, Value]:
        """Return what is known of photos of a shard, by their numbers."""
        return {self.outer(shard, photo): value for photo, value in values.items()}

    def split(self, photos: Ids | None) -> list[Ids | None]:
        """Return ids of each shard, ascending, by numbers that are; None: all."""
        if photos is None:
            return [None for _ in range(self.shards)]
        return [photos[photos % self.shards == shard] // self.shards for shard in range(self.shards)]

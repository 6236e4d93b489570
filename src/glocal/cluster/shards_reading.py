"""What a search reads of shards, as if they were one collection.

Everything that is weighed by all photos is had across shards before anything is weighed: the nearest by global
descriptor, the counts by which votes weigh, and the number of features by which they look. The rest of a search works
on merged lists, by the code that searches one collection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.collection import Allowed, CollectionReading, PhotoRecord, Votes, Where, votes_of_parts
from glocal.features import CompactFeatures

Ids = NDArray[np.int64]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Numbering:
    """One number for every photo of all shards: its id in its shard times the number of shards, plus its shard.

    Attributes:
        shards: their number.
    """

    shards: int

    def outer(self, shard: int, photo: int) -> int:
        """Return the number of a photo of a shard."""
        return photo * self.shards + shard

    def within(self, photos: Sequence[int]) -> list[list[int]]:
        """Return the ids within each shard of the photos that it holds, in the order given."""
        found: list[list[int]] = [[] for _ in range(self.shards)]
        for photo in photos:
            found[photo % self.shards].append(photo // self.shards)
        return found

    def mapped(self, shard: int, values: Mapping[int, Value]) -> dict[int, Value]:
        """Return what is known of photos of a shard, by their numbers."""
        return {self.outer(shard, photo): value for photo, value in values.items()}


@dataclass(frozen=True, eq=False)
class ShardsReading:
    """The photos of all shards, by the numbers that `Numbering` gives.

    Attributes:
        shards: at least one, all of one model.
    """

    shards: Sequence[CollectionReading]

    @property
    def numbers(self) -> Numbering:
        """How photos are numbered."""
        return Numbering(len(self.shards))

    def select(self, allowed: Allowed) -> Ids:
        """Return the ids [n], ascending, of the photos that are allowed."""
        if not isinstance(allowed, Where) and not callable(allowed):
            return np.unique(np.fromiter(allowed, np.int64))
        parts = [shard.select(allowed) * len(self.shards) + number for number, shard in enumerate(self.shards)]
        return np.sort(np.concatenate(parts))

    def nearest(self, queries: FloatArray, count: int, allowed: Ids | None = None) -> list[list[tuple[int, float]]]:
        """Return the `count` photos most like each query: see `Reading.nearest`."""
        found: list[list[tuple[int, float]]] = [[] for _ in queries]
        for number, (shard, own) in enumerate(zip(self.shards, self._split(allowed), strict=True)):
            for merged, part in zip(found, shard.nearest(queries, count, own), strict=True):
                merged += [(self.numbers.outer(number, photo), similarity) for photo, similarity in part]
        return [sorted(merged, key=lambda one: (-one[1], one[0]))[:count] for merged in found]

    def votes(self, views: Sequence[CompactFeatures], allowed: Ids | None = None) -> Votes | None:
        """Let the local features of views vote; None: the model has no visual words."""
        parts = votes_of_parts(self.shards, views, self._split(allowed))
        if parts is None:
            return None
        ids = [part.ids * len(self.shards) + number for number, part in enumerate(parts)]
        return Votes(np.concatenate(ids), np.concatenate([part.scores for part in parts], axis=1))

    def photos_with_ids(self, photos: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return photos by their ids; those that are gone are left out."""
        found: dict[int, PhotoRecord] = {}
        for number, (shard, own) in enumerate(zip(self.shards, self.numbers.within(photos), strict=True)):
            found |= self.numbers.mapped(number, shard.photos_with_ids(own))
        return {photo: replace(record, id=photo) for photo, record in found.items()}

    def descriptors(self, photos: Sequence[int]) -> tuple[Ids, FloatArray]:
        """Return (ids [n], global descriptors [n, D]) of those of the photos that are indexed, shard by shard."""
        ids, vectors = [], []
        for number, (shard, own) in enumerate(zip(self.shards, self.numbers.within(photos), strict=True)):
            if own:
                found, of_shard = shard.descriptors(own)
                ids.append(found * len(self.shards) + number)
                vectors.append(of_shard)
        return np.concatenate(ids), np.concatenate(vectors)

    def features(self, photos: Sequence[int]) -> dict[int, CompactFeatures]:
        """Return the local features of those of the photos that are indexed."""
        found: dict[int, CompactFeatures] = {}
        for number, (shard, own) in enumerate(zip(self.shards, self.numbers.within(photos), strict=True)):
            found |= self.numbers.mapped(number, shard.features(own))
        return found

    def _split(self, allowed: Ids | None) -> list[Ids | None]:
        """Return the ids, ascending, that are allowed within each shard; None: all."""
        if allowed is None:
            return [None for _ in self.shards]
        shards = len(self.shards)
        return [allowed[allowed % shards == number] // shards for number in range(shards)]

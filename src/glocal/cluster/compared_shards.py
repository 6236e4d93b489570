"""The photos of all shards, as copies are looked for among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from glocal.arrays import FloatArray
from glocal.cluster.numbering import Numbering
from glocal.collection import ComparedPhotos, PhotoRecord
from glocal.features import CompactFeatures


@dataclass(frozen=True, eq=False)
class ComparedShards:
    """Photos by the numbers that `Numbering` gives; methods do what those of `ComparedPhotos` do.

    Files with the same bytes lie in one shard, by the hash that says where a photo belongs.

    Attributes:
        parts: the photos of each shard.
    """

    parts: Sequence[ComparedPhotos]

    @property
    def numbers(self) -> Numbering:
        """How photos are numbered."""
        return Numbering(len(self.parts))

    def count(self) -> int:
        """Return how many `described` yields."""
        return sum(part.count() for part in self.parts)

    def same_bytes(self) -> list[list[PhotoRecord]]:
        """Return the groups of photos whose files have the same bytes."""
        return [
            [self._numbered(number, photo) for photo in group]
            for number, part in enumerate(self.parts)
            for group in part.same_bytes()
        ]

    def described(self) -> Iterator[tuple[PhotoRecord, FloatArray]]:
        """Yield each photo with its global descriptor, shard by shard."""
        for number, part in enumerate(self.parts):
            for photo, descriptor in part.described():
                yield self._numbered(number, photo), descriptor

    def nearest(self, descriptor: FloatArray, count: int) -> list[tuple[int, float]]:
        """Return the photos of all shards that are most like a global descriptor."""
        merged = [
            (self.numbers.outer(number, photo), similarity)
            for number, part in enumerate(self.parts)
            for photo, similarity in part.nearest(descriptor, count)
        ]
        return sorted(merged, key=lambda one: (-one[1], one[0]))[:count]

    def with_features(self, ids: Sequence[int]) -> dict[int, tuple[PhotoRecord, CompactFeatures]]:
        """Return photos with their local features."""
        found: dict[int, tuple[PhotoRecord, CompactFeatures]] = {}
        for number, own in self.numbers.within(ids).items():
            for photo, features in self.parts[number].with_features(own).values():
                numbered = self._numbered(number, photo)
                found[numbered.id] = numbered, features
        return {photo: found[photo] for photo in ids if photo in found}

    def _numbered(self, shard: int, photo: PhotoRecord) -> PhotoRecord:
        return replace(photo, id=self.numbers.outer(shard, photo.id))

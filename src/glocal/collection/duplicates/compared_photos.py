"""Among which photos copies are looked for: those of one collection, or of shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from glocal.arrays import FloatArray
from glocal.collection.catalog import Catalog, PhotoRecord
from glocal.collection.index import GlobalIndex
from glocal.features import CompactFeatures

_BLOCK = 256
"""Photos read at a time."""


class ComparedPhotos(Protocol):
    """Photos, by their ids. Each method reads them as they are when it is called."""

    def count(self) -> int:
        """Return how many `described` yields."""

    def same_bytes(self) -> list[list[PhotoRecord]]:
        """Return the groups of two or more photos whose files have the same bytes, each by id."""

    def described(self) -> Iterator[tuple[PhotoRecord, FloatArray]]:
        """Yield each photo with its global descriptor [D] of length 1; those that come meanwhile may be left out."""

    def nearest(self, descriptor: FloatArray, count: int) -> list[tuple[int, float]]:
        """Return the ids and similarities of the photos most like a global descriptor [D] of length 1, best first."""

    def with_features(self, ids: Sequence[int]) -> dict[int, tuple[PhotoRecord, CompactFeatures]]:
        """Return those of the photos that are there, with their local features, in the order of the ids."""


@dataclass(frozen=True, eq=False)
class CollectionPhotos:
    """The photos of one collection.

    Attributes:
        catalog: of the collection.
        index: of the same collection.
    """

    catalog: Catalog
    index: GlobalIndex

    def count(self) -> int:
        """Return how many are indexed."""
        with self.catalog.snapshot() as snapshot:
            return snapshot.photo_count()

    def same_bytes(self) -> list[list[PhotoRecord]]:
        """Return the groups of two or more photos whose files have the same bytes, without damaged ones."""
        with self.catalog.snapshot() as snapshot:
            groups = (sorted(snapshot.photos_with_ids(group).items()) for group in snapshot.shared_content())
            return [[record for _, record in group] for group in groups if len(group) > 1]

    def described(self) -> Iterator[tuple[PhotoRecord, FloatArray]]:
        """Yield each photo, by id, with its global descriptor."""
        last = 0
        while True:
            with self.catalog.snapshot() as snapshot:
                ids, descriptors = snapshot.descriptors_after(last, _BLOCK)
                records = snapshot.photos_with_ids(ids.tolist())
            if not len(ids):
                return
            last = int(ids[-1])
            for photo, descriptor in zip(ids.tolist(), descriptors, strict=True):
                if photo in records:
                    yield records[photo], descriptor / np.linalg.norm(descriptor)

    def nearest(self, descriptor: FloatArray, count: int) -> list[tuple[int, float]]:
        """Return the photos most like a global descriptor."""
        with self.catalog.snapshot() as snapshot:
            return self.index.nearest(snapshot, descriptor[None], count)[0]

    def with_features(self, ids: Sequence[int]) -> dict[int, tuple[PhotoRecord, CompactFeatures]]:
        """Return photos with their local features."""
        with self.catalog.snapshot() as snapshot:
            records, features = snapshot.photos_with_ids(ids), snapshot.features(ids)
        return {photo: (records[photo], features[photo]) for photo in ids if photo in records and photo in features}

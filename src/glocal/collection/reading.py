"""What a search reads of photos: of one collection, or of several that are searched as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.collection.catalog import PhotoRecord, Snapshot
from glocal.collection.index import GlobalIndex
from glocal.collection.local_index import LocalIndex, Tally, Votes, weighed
from glocal.collection.stored_photos import Allowed, selected
from glocal.features import CompactFeatures

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Indexes:
    """What candidates are found by.

    Attributes:
        photos: the index of global descriptors.
        features: the index of local features; None: the model has no visual words.
    """

    photos: GlobalIndex
    features: LocalIndex | None


class Reading(Protocol):
    """Photos as they are at one moment, by their ids."""

    def select(self, allowed: Allowed) -> Ids:
        """Return the ids [n], ascending, of the photos that are allowed."""

    def nearest(
        self, queries: FloatArray, count: int, allowed: Ids | None = None
    ) -> Sequence[Sequence[tuple[int, float]]]:
        """Return the `count` photos most like each query [Q, D]: (id, similarity), best first, equal ones by id."""

    def votes(self, views: Sequence[CompactFeatures], allowed: Ids | None = None) -> Votes | None:
        """Let the local features of views vote; None: the model has no visual words."""

    def photos_with_ids(self, photos: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return photos by their ids; those that are gone are left out."""

    def descriptors(self, photos: Sequence[int]) -> tuple[Ids, FloatArray]:
        """Return (ids [n], global descriptors [n, D]) of those of the photos that are indexed."""

    def features(self, photos: Sequence[int]) -> dict[int, CompactFeatures]:
        """Return the local features of those of the photos that are indexed."""


@dataclass(frozen=True, eq=False)
class CollectionReading:
    """The photos of one collection.

    Attributes:
        snapshot: of its catalog, taken just now.
        indexes: of the same catalog.
    """

    snapshot: Snapshot
    indexes: Indexes

    def select(self, allowed: Allowed) -> Ids:
        """Return the ids [n], ascending, of the photos that are allowed."""
        return selected(self.snapshot, allowed)

    def nearest(
        self, queries: FloatArray, count: int, allowed: Ids | None = None
    ) -> Sequence[Sequence[tuple[int, float]]]:
        """Return the `count` photos most like each query: see `Reading.nearest`."""
        return self.indexes.photos.nearest(self.snapshot, queries, count, allowed)

    def votes(self, views: Sequence[CompactFeatures], allowed: Ids | None = None) -> Votes | None:
        """Let the local features of views vote; None: the model has no visual words."""
        parts = votes_of_parts([self], views, [allowed])
        return None if parts is None else parts[0]

    def photos_with_ids(self, photos: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return photos by their ids; those that are gone are left out."""
        return self.snapshot.photos_with_ids(photos)

    def descriptors(self, photos: Sequence[int]) -> tuple[Ids, FloatArray]:
        """Return (ids [n], global descriptors [n, D]) of those of the photos that are indexed, by id."""
        return self.snapshot.descriptors(photos)

    def features(self, photos: Sequence[int]) -> dict[int, CompactFeatures]:
        """Return the local features of those of the photos that are indexed."""
        return self.snapshot.features(photos)


def votes_of_parts(
    parts: Sequence[CollectionReading], views: Sequence[CompactFeatures], allowed: Sequence[Ids | None]
) -> list[Votes] | None:
    """Let the local features of views vote for the photos of collections of one model as if these were one.

    What a vote weighs, and how far each feature looks, are those of all photos together.

    Args:
        parts: at least one collection.
        views: each votes for itself.
        allowed: of each collection the ids, ascending, that may be voted for; None: all.

    Returns:
        The votes for the photos of each; None: the model has no visual words.
    """
    indexes = [part.indexes.features for part in parts]
    listed = [(part, index) for part, index in zip(parts, indexes, strict=True) if index is not None]
    if len(listed) < len(parts):
        return None
    features = sum(index.features(part.snapshot) for part, index in listed)
    count = listed[0][1].words_each(features, views)
    tallies: list[Tally] = [
        index.tally(part.snapshot, views, count, ids) for (part, index), ids in zip(listed, allowed, strict=True)
    ]
    return weighed(tallies)

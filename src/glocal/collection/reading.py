"""What a search reads of photos: of one collection, or of several that are searched as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.collection.candidates import Candidate
from glocal.collection.catalog import PhotoRecord, Snapshot
from glocal.collection.features_at_hand import FeaturesAtHand, Ids
from glocal.collection.index import GlobalIndex
from glocal.collection.links import AskedWitness, Link
from glocal.collection.local_index import LocalIndex, Tally, Votes, weighed, words_each
from glocal.collection.matched import Matched
from glocal.collection.stored_photos import Allowed, selected
from glocal.features import CompactFeatures, View
from glocal.matching import Calibration


@dataclass(frozen=True)
class Indexes:
    """What candidates are found by.

    Attributes:
        photos: the index of global descriptors.
        features: the index of local features; None: the model has no visual words.
    """

    photos: GlobalIndex
    features: LocalIndex | None


class PartReading(Protocol):
    """Photos by their ids, and what a search compares with them: all of them, or those of one shard."""

    def select(self, allowed: Allowed) -> Ids:
        """Return the ids [n], ascending, of the photos that are allowed."""

    def nearest(
        self, queries: FloatArray, count: int, allowed: Ids | None = None
    ) -> Sequence[Sequence[tuple[int, float]]]:
        """Return the `count` photos most like each query [Q, D]: (id, similarity), best first, equal ones by id."""

    def photos_with_ids(self, photos: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return photos by their ids; those that are gone are left out."""

    def similarities(self, photos: Sequence[int], queries: FloatArray) -> tuple[Ids, FloatArray]:
        """Return (ids [n], inner products [n, Q]) of those of the photos that are indexed with descriptors [Q, D]."""

    def matched(self, views: Sequence[View], candidates: Sequence[Candidate]) -> Matched:
        """Match candidates with the views of a query; those that were removed since they were found are left out."""

    def witnesses(self, proved: Sequence[tuple[int, NDArray[np.float32]]]) -> list[AskedWitness]:
        """Return what others are matched with, of photos and their inlier points: see `AskedWitness`."""

    def linked(
        self, witnesses: Sequence[AskedWitness], photos: Sequence[int], calibration: Calibration
    ) -> dict[int, list[Link]]:
        """Return the links of photos with witnesses, those that geometry proves."""


class Reading(PartReading, Protocol):
    """All photos of a search, as they are at one moment."""

    @property
    def missing_shards(self) -> tuple[str, ...]:
        """The names of the shards that did not answer, if the photos lie in shards."""

    def votes(
        self, views: Sequence[CompactFeatures], count: int, nearest: Sequence[int], allowed: Ids | None = None
    ) -> Votes | None:
        """Let the local features of views vote, at least for the `count` best photos and those in `nearest`.

        None: the model has no visual words.
        """


@dataclass(frozen=True, eq=False)
class CollectionReading(FeaturesAtHand):
    """The photos of one collection.

    Attributes:
        snapshot: of its catalog, taken just now.
        indexes: of the same catalog.
    """

    snapshot: Snapshot
    indexes: Indexes

    @property
    def missing_shards(self) -> tuple[str, ...]:
        """None: one collection is there or not."""
        return ()

    def select(self, allowed: Allowed) -> Ids:
        """Return the ids [n], ascending, of the photos that are allowed."""
        return selected(self.snapshot, allowed)

    def nearest(
        self, queries: FloatArray, count: int, allowed: Ids | None = None
    ) -> Sequence[Sequence[tuple[int, float]]]:
        """Return the `count` photos most like each query: see `Reading.nearest`."""
        return self.indexes.photos.nearest(self.snapshot, queries, count, allowed)

    def votes(
        self, views: Sequence[CompactFeatures], count: int, nearest: Sequence[int], allowed: Ids | None = None
    ) -> Votes | None:
        """Let the local features of views vote; None: the model has no visual words."""
        listed = self.listed()
        if listed is None:
            return None
        votes = weighed([self.tally(views, words_each(*listed, views), allowed)])[0]
        return votes.among(count, nearest)

    def listed(self) -> tuple[int, int] | None:
        """Return how many features are listed, and by how many visual words; None: the model has none."""
        index = self.indexes.features
        return None if index is None else (index.features(self.snapshot), index.words)

    def tally(self, views: Sequence[CompactFeatures], words: int, allowed: Ids | None = None) -> Tally:
        """Find what the photos have near the local features of views, each in the lists of so many words.

        Raises:
            ValueError: the model has no visual words.
        """
        if self.indexes.features is None:
            raise ValueError("without visual words nothing is listed")
        return self.indexes.features.tally(self.snapshot, views, words, allowed)

    def photos_with_ids(self, photos: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return photos by their ids; those that are gone are left out."""
        return self.snapshot.photos_with_ids(photos)

    def descriptors(self, photos: Sequence[int]) -> tuple[Ids, FloatArray]:
        """Return (ids [n], global descriptors [n, D]) of those of the photos that are indexed, by id."""
        return self.snapshot.descriptors(photos)

    def features(self, photos: Sequence[int]) -> dict[int, CompactFeatures]:
        """Return the local features of those of the photos that are indexed."""
        return self.snapshot.features(photos)

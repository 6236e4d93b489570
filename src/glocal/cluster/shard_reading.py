"""What is asked of one shard in a search, by its own ids: of a collection in this process, or by a call to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.collection import Allowed, AskedWitness, Candidate, Link, Matched, PhotoRecord, Votes
from glocal.features import CompactFeatures, View
from glocal.matching import Calibration

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


class ShardReading(Protocol):
    """One shard; each question is that of `glocal.collection.Reading` or `CollectionReading` of the same name.

    All of them may raise ShardDownError.
    """

    def select(self, allowed: Allowed) -> Ids:
        """Return the ids [n], ascending, of the photos that are allowed."""

    def nearest(
        self, queries: FloatArray, count: int, allowed: Ids | None = None
    ) -> Sequence[Sequence[tuple[int, float]]]:
        """Return the `count` photos most like each query."""

    def listed(self) -> tuple[int, int] | None:
        """Return how many features are listed, and by how many visual words; None: the model has none."""

    def tally(self, views: Sequence[CompactFeatures], words: int, allowed: Ids | None = None) -> ShardTally:
        """Find what the photos have near the local features of views."""

    def photos_with_ids(self, photos: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return photos by their ids."""

    def similarities(self, photos: Sequence[int], queries: FloatArray) -> tuple[Ids, FloatArray]:
        """Return (ids [n], inner products [n, Q]) of photos."""

    def matched(self, views: Sequence[View], candidates: Sequence[Candidate]) -> Matched:
        """Match candidates with the views of a query."""

    def witnesses(self, proved: Sequence[tuple[int, NDArray[np.float32]]]) -> list[AskedWitness]:
        """Return what others are matched with, of photos and their inlier points."""

    def linked(
        self, witnesses: Sequence[AskedWitness], photos: Sequence[int], calibration: Calibration
    ) -> dict[int, list[Link]]:
        """Return the links of photos with witnesses, which may be of other shards."""

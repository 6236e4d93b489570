"""What a search reads of shards, as if they were one collection.

Everything that is weighed by all photos is had across shards before anything is weighed: the nearest by global
descriptor, the counts by which votes weigh, and the number of features by which they look. Photos are compared with
the query where they lie. The rest of a search works on merged lists, by the code that searches one collection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.cluster.asking import Asking
from glocal.cluster.matched_shards import MatchedShards
from glocal.cluster.numbering import Ids, Numbering
from glocal.cluster.shard_reading import ShardReading
from glocal.collection import Allowed, AskedWitness, Candidate, Link, PhotoRecord, Votes, Where, summed, words_each
from glocal.features import CompactFeatures, View
from glocal.matching import Calibration

Answer = TypeVar("Answer")


@dataclass(frozen=True, eq=False)
class ShardsReading:
    """The photos of all shards, by the numbers that `Numbering` gives. A shard that does not answer is left out.

    Attributes:
        shards: at least one, all of one model.
        asking: how they are asked.
    """

    shards: Sequence[ShardReading]
    asking: Asking

    @property
    def numbers(self) -> Numbering:
        """How photos are numbered."""
        return Numbering(len(self.shards))

    @property
    def missing_shards(self) -> tuple[str, ...]:
        """The names of the shards that did not answer."""
        return self.asking.missing

    def select(self, allowed: Allowed) -> Ids:
        """Return the ids [n], ascending, of the photos that are allowed."""
        if not isinstance(allowed, Where) and not callable(allowed):
            return np.unique(np.fromiter(allowed, np.int64))
        parts = self._all(lambda _, shard: shard.select(allowed))
        return np.sort(np.concatenate([self._outer(number, ids) for number, ids in parts.items()]))

    def nearest(self, queries: FloatArray, count: int, allowed: Ids | None = None) -> list[list[tuple[int, float]]]:
        """Return the `count` photos most like each query: see `Reading.nearest`."""
        own = self.numbers.split(allowed)
        found: list[list[tuple[int, float]]] = [[] for _ in queries]
        for number, parts in self._all(lambda number, shard: shard.nearest(queries, count, own[number])).items():
            for merged, part in zip(found, parts, strict=True):
                merged += [(self.numbers.outer(number, photo), similarity) for photo, similarity in part]
        return [sorted(merged, key=lambda one: (-one[1], one[0]))[:count] for merged in found]

    def votes(
        self, views: Sequence[CompactFeatures], count: int, nearest: Sequence[int], allowed: Ids | None = None
    ) -> Votes | None:
        """Let the local features of views vote as those of one collection do; None: the model has no visual words."""
        listed = [one for one in self._all(lambda _, shard: shard.listed()).values() if one is not None]
        if not listed:
            return None
        words = words_each(sum(features for features, _ in listed), listed[0][1], views)
        own, others = self.numbers.split(allowed), self.numbers.within(nearest)
        tallies = self._all(lambda number, shard: shard.tally(views, words, own[number]))
        photos = sum(one.photos for one in tallies.values())
        counts = summed([one.counts for one in tallies.values()])
        votes = self.asking.each(
            {
                number: partial(tally.votes_among, counts, photos, count, others.get(number, []))
                for number, tally in tallies.items()
            }
        )
        ids = [self._outer(number, part.ids) for number, part in votes.items()]
        scores = np.concatenate([part.scores for part in votes.values()], axis=1)
        return Votes(np.concatenate(ids), scores, photos)

    def photos_with_ids(self, photos: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return photos by their ids; those that are gone are left out."""
        found: dict[int, PhotoRecord] = {}
        for number, part in self._of(photos, lambda shard, own: shard.photos_with_ids(own)).items():
            found |= self.numbers.mapped(number, part)
        return {photo: replace(record, id=photo) for photo, record in found.items()}

    def similarities(self, photos: Sequence[int], queries: FloatArray) -> tuple[Ids, FloatArray]:
        """Return (ids [n], inner products [n, Q]) of those of the photos that are indexed, shard by shard."""
        parts = self._of(photos, lambda shard, own: shard.similarities(own, queries))
        ids = [self._outer(number, found) for number, (found, _) in parts.items()]
        products = [part for _, part in parts.values()]
        nothing = np.empty((0, len(queries)), np.float32)
        return np.concatenate([np.empty(0, np.int64), *ids]), np.concatenate([nothing, *products])

    def matched(self, views: Sequence[View], candidates: Sequence[Candidate]) -> MatchedShards:
        """Match candidates with the views of a query, each where it lies."""
        own: dict[int, list[Candidate]] = {}
        for one in candidates:
            inner = replace(one, photo=self.numbers.inner(one.photo))
            own.setdefault(one.photo % len(self.shards), []).append(inner)
        parts = self.asking.each(
            {number: partial(self.shards[number].matched, views, of) for number, of in own.items()}
        )
        return MatchedShards.of(candidates, self.numbers, parts, self.asking)

    def witnesses(self, proved: Sequence[tuple[int, NDArray[np.float32]]]) -> list[AskedWitness]:
        """Return what others are matched with, of photos and their inlier points, in their order."""
        points, found = dict(proved), dict[int, AskedWitness]()
        questions = {
            number: partial(
                self.shards[number].witnesses, [(photo, points[self.numbers.outer(number, photo)]) for photo in own]
            )
            for number, own in self.numbers.within(list(points)).items()
        }
        for number, part in self.asking.each(questions).items():
            found |= self.numbers.mapped(number, {one.photo: one for one in part})
        return [replace(found[photo], photo=photo) for photo in points if photo in found]

    def linked(
        self, witnesses: Sequence[AskedWitness], photos: Sequence[int], calibration: Calibration
    ) -> dict[int, list[Link]]:
        """Return the links of photos with witnesses, each found where the photo lies."""
        found: dict[int, list[Link]] = {}
        for number, part in self._of(photos, lambda shard, own: shard.linked(witnesses, own, calibration)).items():
            found |= self.numbers.mapped(number, part)
        return found

    def _all(self, question: Callable[[int, ShardReading], Answer]) -> dict[int, Answer]:
        """Ask every shard, with its number."""
        return self.asking.each({number: partial(question, number, shard) for number, shard in enumerate(self.shards)})

    def _of(self, photos: Sequence[int], question: Callable[[ShardReading, list[int]], Answer]) -> dict[int, Answer]:
        """Ask those shards that hold some photos, with their ids there."""
        within = self.numbers.within(photos)
        return self.asking.each({number: partial(question, self.shards[number], own) for number, own in within.items()})

    def _outer(self, number: int, ids: Ids) -> Ids:
        return ids * len(self.shards) + number

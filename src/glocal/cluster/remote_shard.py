"""One shard as a search asks it where other processes search it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.cluster.numbering import Ids
from glocal.cluster.searcher import MatchQuestion, TallyQuestion
from glocal.cluster.shard_reading import packed_counts
from glocal.collection import Allowed, AskedWitness, Candidate, Hit, Link, PhotoRecord, Votes
from glocal.features import CompactFeatures, View
from glocal.matching import Calibration


class Asked(Protocol):
    """Whoever has questions answered by processes that search a shard, for one search."""

    def __call__(self, question: str, *arguments: Any) -> Any:
        """Return the answer of a `Searcher` to a call of one of its methods.

        Raises:
            ShardDownError: none answers.
        """


class SentOnce:
    """What all shards are asked with in one search: put once where the processes of a machine read it.

    Args:
        put: does so, and returns what Ray replaces by the value in calls.
    """

    def __init__(self, put: Callable[[Any], Any]) -> None:
        self._put = put
        self._lock = Lock()
        self._known: dict[int, tuple[Any, Any]] = {}

    def __call__(self, value: Any, packed: Callable[[Any], Any] | None = None) -> Any:
        """Return what stands for a value, which is known by its identity; it may be packed before it is put."""
        with self._lock:
            if id(value) not in self._known:
                self._known[id(value)] = value, self._put(value if packed is None else packed(value))
            return self._known[id(value)][1]


@dataclass(frozen=True, eq=False)
class RemoteTally:
    """What a shard has near the local features of a query: see `ShardTally`.

    Attributes:
        ask: its processes.
        sent: how what all are asked with gets there.
        question: what was asked of them.
        views: of the query.
        photos: how many could be voted for.
        counts: how many photos have their nearest feature at each distance.
    """

    ask: Asked
    sent: SentOnce
    question: TallyQuestion
    views: Sequence[CompactFeatures]
    photos: int
    counts: Sequence[NDArray[np.integer]]

    def votes_among(
        self, counts: Sequence[NDArray[np.integer]], photos: int, best: int, others: Sequence[int]
    ) -> Votes:
        """Weigh what was found, and return the votes for the best photos and some others."""
        views, all_counts = self.sent(self.views), self.sent(counts, packed_counts)
        found: Votes = self.ask("votes_among", self.question, views, all_counts, photos, best, others)
        return found


@dataclass(frozen=True, eq=False)
class RemoteMatched:
    """Candidates that a shard's processes have matched with a query: see `Matched`.

    Attributes:
        ask: the processes.
        sent: how what all are asked with gets there.
        question: what was asked of them.
        views: of the query.
        candidates: those that were there.
        support: of each.
    """

    ask: Asked
    sent: SentOnce
    question: MatchQuestion
    views: Sequence[View]
    candidates: Sequence[Candidate]
    support: NDArray[np.float64]

    def hits(self, similarities: Sequence[float], calibration: Calibration | None) -> list[Hit]:
        """Return one hit per candidate; one that was removed meanwhile is left out."""
        asked = MatchQuestion(self.question.token, self.candidates)
        found: dict[int, Hit] = self.ask("hits", asked, self.sent(self.views), list(similarities), calibration)
        return [found[one.photo] for one in self.candidates if one.photo in found]


@dataclass(frozen=True, eq=False)
class RemoteShard:
    """One shard, as `ShardReading` has it.

    Attributes:
        ask: its processes.
        sent: how what all shards are asked with gets there.
    """

    ask: Asked
    sent: SentOnce

    def select(self, allowed: Allowed) -> Ids:
        """Return the ids [n], ascending, of the photos that are allowed."""
        found: Ids = self.ask("ask", "select", allowed)
        return found

    def nearest(
        self, queries: FloatArray, count: int, allowed: Ids | None = None
    ) -> Sequence[Sequence[tuple[int, float]]]:
        """Return the `count` photos most like each query."""
        found: Sequence[Sequence[tuple[int, float]]] = self.ask("ask", "nearest", queries, count, allowed)
        return found

    def listed(self) -> tuple[int, int] | None:
        """Return how many features are listed, and by how many visual words; None: the model has none."""
        found: tuple[int, int] | None = self.ask("ask", "listed")
        return found

    def tally(self, views: Sequence[CompactFeatures], words: int, allowed: Ids | None = None) -> RemoteTally:
        """Find what the photos have near the local features of views."""
        question = TallyQuestion(secrets.token_hex(16), words, allowed)
        photos, packed = self.ask("tally", question, self.sent(views))
        return RemoteTally(self.ask, self.sent, question, views, photos, [part.counts() for part in packed])

    def photos_with_ids(self, photos: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return photos by their ids."""
        found: dict[int, PhotoRecord] = self.ask("ask", "photos_with_ids", photos)
        return found

    def similarities(self, photos: Sequence[int], queries: FloatArray) -> tuple[Ids, FloatArray]:
        """Return (ids [n], inner products [n, Q]) of photos."""
        found: tuple[Ids, FloatArray] = self.ask("ask", "similarities", photos, queries)
        return found

    def matched(self, views: Sequence[View], candidates: Sequence[Candidate]) -> RemoteMatched:
        """Match candidates with the views of a query."""
        question = MatchQuestion(secrets.token_hex(16), candidates)
        ids, support = self.ask("matched", question, self.sent(views))
        known = {one.photo: one for one in candidates}
        return RemoteMatched(self.ask, self.sent, question, views, [known[photo] for photo in ids], support)

    def witnesses(self, proved: Sequence[tuple[int, NDArray[np.float32]]]) -> list[AskedWitness]:
        """Return what others are matched with, of photos and their inlier points."""
        found: list[AskedWitness] = self.ask("ask", "witnesses", proved)
        return found

    def linked(
        self, witnesses: Sequence[AskedWitness], photos: Sequence[int], calibration: Calibration
    ) -> dict[int, list[Link]]:
        """Return the links of photos with witnesses, which may be of other shards."""
        found: dict[int, list[Link]] = self.ask("ask", "linked", witnesses, photos, calibration)
        return found

"""One shard in a process of its own, which searches it.

No call depends on one before it: what an earlier one found is remembered for a while, and found again by a process that
has forgotten it or was started since. So any replica may answer any call.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.cluster.cluster import open_shard
from glocal.cluster.numbering import Ids
from glocal.cluster.published import PublishedShard
from glocal.cluster.publishing import fetch_shard
from glocal.cluster.remembered import Remembered
from glocal.cluster.shard_reading import PackedCounts, packed_counts
from glocal.collection import Candidate, Collection, Hit, Matched, ModelIdentity, Tally, Votes
from glocal.errors import GlocalError
from glocal.features import CompactFeatures, View
from glocal.images import Address
from glocal.matching import Calibration

_REMEMBERED = 32
"""Searches of which a process remembers at most what it found: more than run at once. Those it was asked of again are
forgotten; what stays are those that another replica answered."""


@dataclass(frozen=True)
class Origin:
    """Where a shard was published.

    Attributes:
        address: of the shard in its store.
        shard: its state.
    """

    address: Address
    shard: PublishedShard


@dataclass(frozen=True)
class TallyQuestion:
    """What the photos of a shard have near the local features of views: see `CollectionReading.tally`.

    Attributes:
        token: of this question and no other.
        words, allowed: as `tally` takes them.
        views: as `tally` takes them; they are sent beside the question.
    """

    token: str
    words: int = field(compare=False)
    allowed: Ids | None = field(compare=False)
    views: Sequence[CompactFeatures] = field(compare=False, default=())


@dataclass(frozen=True)
class MatchQuestion:
    """How candidates match with the views of a query: see `Reading.matched`.

    Attributes:
        token: of this question and no other.
        candidates: as `matched` takes them.
        views: as `matched` takes them; they are sent beside the question.
    """

    token: str
    candidates: Sequence[Candidate] = field(compare=False)
    views: Sequence[View] = field(compare=False, default=())


class Searcher:
    """Answers questions about one shard; safe to use from several threads.

    It begins to open the shard at once, and tries again with each question if it could not.

    Args:
        folder: of the shard.
        identity: the model of all shards.
        origin: from where the shard is fetched, if it is not on this machine; None: it is.
    """

    def __init__(self, folder: Path, identity: ModelIdentity, origin: Origin | None = None) -> None:
        self._folder = folder
        self._origin = origin
        self._identity = identity
        self._opening = Lock()
        self._opened: Collection | None = None
        self._tallied = Remembered(self._tally, _REMEMBERED)
        self._matched = Remembered(self._match, _REMEMBERED)
        Thread(target=self._open_early, daemon=True).start()

    def ask(self, question: str, *arguments: Any) -> Any:
        """Return the answer of the shard's `CollectionReading` to one of its questions.

        Raises:
            CollectionError: the shard is missing or damaged.
            ModelError: its model is gone.
        """
        with self._shard().reading() as reading:
            return getattr(reading, question)(*arguments)

    def tally(self, question: TallyQuestion, views: Sequence[CompactFeatures]) -> tuple[int, list[PackedCounts]]:
        """Return the photos that could be voted for, and the counts of each view: see `Tally`."""
        tally = self._tallied(replace(question, views=views))
        return tally.photos, packed_counts(tally.counts)

    def votes_among(
        self,
        question: TallyQuestion,
        views: Sequence[CompactFeatures],
        counts: Sequence[PackedCounts],
        photos: int,
        best: int,
        others: Sequence[int],
    ) -> Votes:
        """Weigh what a question found, and forget it: see `Tally.votes_among`."""
        tally = self._tallied(replace(question, views=views))
        self._tallied.forget(question)
        return tally.votes_among([part.counts() for part in counts], photos, best, others)

    def matched(self, question: MatchQuestion, views: Sequence[View]) -> tuple[list[int], NDArray[np.float64]]:
        """Return the ids of the candidates that were there, and the support of each."""
        matched = self._matched(replace(question, views=views))
        return [candidate.photo for candidate in matched.candidates], matched.support

    def hits(
        self,
        question: MatchQuestion,
        views: Sequence[View],
        similarities: Sequence[float],
        calibration: Calibration | None,
    ) -> dict[int, Hit]:
        """Return the hits that candidates make, by their ids.

        Args:
            question, views: that matched them.
            similarities: of each candidate of the question, what it is taken for.
            calibration: of the model, or None.
        """
        taken = dict(zip((one.photo for one in question.candidates), similarities, strict=True))
        matched = self._matched(replace(question, views=views))
        hits = matched.hits([taken[one.photo] for one in matched.candidates], calibration)
        self._matched.forget(question)
        return {hit.photo: hit for hit in hits}

    def _shard(self) -> Collection:
        with self._opening:
            if self._opened is None:
                if self._origin is not None:
                    fetch_shard(self._origin.address, self._origin.shard, self._folder)
                self._opened = open_shard(self._folder, self._identity.load())
            return self._opened

    def _open_early(self) -> None:
        with suppress(GlocalError, OSError):  # whoever asks is told
            self.ask("listed")

    def _tally(self, question: TallyQuestion) -> Tally:
        with self._shard().reading() as reading:
            return reading.tally(question.views, question.words, question.allowed)

    def _match(self, question: MatchQuestion) -> Matched:
        with self._shard().reading() as reading:
            return reading.matched(question.views, question.candidates)

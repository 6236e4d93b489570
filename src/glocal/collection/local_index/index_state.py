"""What a local index holds of a catalog at one commit: segments mapped from files, and what changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from glocal.collection.catalog import Commit, Snapshot
from glocal.collection.local_index.segment import MOST_PHOTOS, Ids, Mask, Segment
from glocal.collection.local_index.visual_words import VisualWords

_BLOCK = 1024
"""Photos whose features are read at a time."""


@dataclass(frozen=True, eq=False)
class Stored:
    """A segment with a file.

    Attributes:
        name: of the file.
        segment: what it holds.
        hidden: [n] bool, the photos that went or changed since.
    """

    name: str
    segment: Segment
    hidden: Mask

    def without(self, ids: Ids) -> Stored:
        """Return the same with these photos (ascending) hidden too."""
        return Stored(self.name, self.segment, self.hidden | self.segment.rows_of(ids))

    @property
    def shown(self) -> int:
        """The number of photos that are not hidden."""
        return len(self.segment) - int(np.count_nonzero(self.hidden))

    @property
    def is_mostly_hidden(self) -> bool:
        """Most of its photos went or changed: time to write it anew."""
        return 2 * self.shown < len(self.segment)


@dataclass(frozen=True, eq=False)
class State:
    """Never changes: a later commit is another value, which shares the segments.

    Attributes:
        commit: the state of the catalog this is.
        stored: the segments on disk.
        recent: the photos that none of them has.
    """

    commit: Commit
    stored: tuple[Stored, ...]
    recent: Segment

    def __len__(self) -> int:
        """Return the number of photos."""
        return len(self.recent) + sum(stored.shown for stored in self.stored)

    def segments(self) -> list[tuple[Segment, Mask]]:
        """Return all segments, and which of their photos are hidden."""
        recent = [shown(self.recent)] if len(self.recent) else []
        return [(stored.segment, stored.hidden) for stored in self.stored] + recent

    def without(self, commit: Commit, changed: Ids) -> State:
        """Return the state at a later commit, still without the photos that came or changed (ascending ids)."""
        gone = self.recent.rows_of(changed)
        recent = Segment.merged([(self.recent, gone)]) if gone.any() else self.recent
        return State(commit, tuple(stored.without(changed) for stored in self.stored), recent)

    def with_recent(self, segment: Segment) -> State:
        """Return the same with more photos."""
        recent = Segment.merged([shown(self.recent), shown(segment)]) if len(self.recent) else segment
        return State(self.commit, self.stored, recent)


def shown(segment: Segment) -> tuple[Segment, Mask]:
    """Return a segment with the mask that hides none of its photos."""
    return segment, np.zeros(len(segment), np.bool_)


def read_segments(snapshot: Snapshot, words: VisualWords, ids: Ids) -> Iterator[Segment]:
    """List those of the photos `ids` (ascending) that are in the catalog, a segment's worth at a time."""
    for first in range(0, len(ids), MOST_PHOTOS):
        parts = []
        for start in range(first, min(first + MOST_PHOTOS, len(ids)), _BLOCK):
            block = ids[start : min(start + _BLOCK, first + MOST_PHOTOS)]
            features = snapshot.features(block.tolist())
            found = np.array(sorted(features), np.int64)
            parts.append(Segment.of(words, found, [features[photo] for photo in found.tolist()]))
        yield Segment.merged([shown(part) for part in parts])

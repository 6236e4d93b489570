"""What a global index holds of a catalog at one commit: a large base, mostly mapped from a file, and what changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from glocal.collection.catalog import Commit, Snapshot
from glocal.collection.index.int8_codes import BLOCK, Codes, Ids, Rows
from glocal.collection.index.sketches import Sketches


@dataclass(frozen=True, eq=False)
class Base:
    """The photos of one file.

    Attributes:
        codes: of all of them.
        sketches: of the same, if there are so many that searches are approximate; None: searches are exact.
    """

    codes: Codes
    sketches: Sketches | None


@dataclass(frozen=True, eq=False)
class IndexState:
    """Never changes: a later commit is another value, which shares the base.

    Attributes:
        commit: the state of the catalog this is.
        base: the photos of a commit at this one or before.
        gone: rows of the base, ascending, whose photos changed or went since, or may not be found.
        recent: photos that came or changed since.
    """

    commit: Commit
    base: Base
    gone: Rows
    recent: Codes

    @classmethod
    def fresh(cls, commit: Commit, base: Base) -> IndexState:
        """Return a base to which nothing happened."""
        return cls(commit, base, np.empty(0, np.int64), Codes.empty(base.codes.dimensions))

    def __len__(self) -> int:
        """Return the number of photos."""
        return len(self.base.codes) - len(self.gone) + len(self.recent)

    @property
    def greatest_error(self) -> float:
        """How far a similarity by codes may be off."""
        return max(self.base.codes.greatest_error, self.recent.greatest_error)

    @property
    def changes(self) -> int:
        """Number of photos that differ from the base."""
        return len(self.gone) + len(self.recent)

    def at(self, snapshot: Snapshot, commit: Commit, changed: Ids) -> IndexState:
        """Return the state at the snapshot's commit; `changed` are the ids, ascending, of what changed till then."""
        kept = self.hiding(changed)
        parts = [kept.recent]
        for start in range(0, len(changed), BLOCK):
            ids, descriptors = snapshot.descriptors(changed[start : start + BLOCK].tolist())
            if len(ids):
                parts.append(Codes.of(ids, descriptors))
        return IndexState(commit, self.base, kept.gone, Codes.joined(parts))

    def hiding(self, photos: Ids) -> IndexState:
        """Return the same without these photos, whose ids ascend."""
        recent = np.setdiff1d(np.arange(len(self.recent)), self.recent.rows_of(photos), assume_unique=True)
        gone = np.union1d(self.gone, self.base.codes.rows_of(photos))
        return replace(self, gone=gone, recent=self.recent.at(recent))

    def only(self, allowed: Ids) -> IndexState:
        """Return the same with no other photos than those whose ids, ascending, are in `allowed`."""
        codes = self.base.codes
        gone = np.ones(len(codes), np.bool_)
        gone[codes.rows_of(allowed)] = False
        gone[self.gone] = True
        return replace(self, gone=np.flatnonzero(gone), recent=self.recent.at(self.recent.rows_of(allowed)))

    def rows_left(self) -> Rows:
        """Return the rows of the base, ascending, whose photos are not gone."""
        left = np.ones(len(self.base.codes), np.bool_)
        left[self.gone] = False
        return np.flatnonzero(left)

    def blocks(self) -> Iterator[Codes]:
        """Yield all photos by id, in blocks of any size."""
        codes, recent = self.base.codes, self.recent
        kept = self.rows_left()
        placed = 0
        for start in range(0, len(kept), BLOCK):
            rows = kept[start : start + BLOCK]
            end = np.searchsorted(recent.ids, codes.ids[rows[-1]])  # the recent photos up to this block's last one
            yield Codes.joined([codes.at(rows), recent.at(slice(placed, int(end)))])
            placed = int(end)
        yield recent.at(slice(placed, None))

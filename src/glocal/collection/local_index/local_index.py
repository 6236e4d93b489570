"""The local index: which photos of a collection have local features like those of a query.

A cache beside the catalog, kept level with it: never trusted blindly, never missed when it cannot be used. Segments
that were written stay as they are; a commit costs what changed by it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from glocal.collection.catalog import Commit, Snapshot, writer_lock
from glocal.collection.local_index.index_state import State, Stored, read_segments, shown
from glocal.collection.local_index.manifest import MANIFEST, Manifest
from glocal.collection.local_index.segment import MOST_PHOTOS, Ids, Segment
from glocal.collection.local_index.segment_file import is_sound, read_segment, write_segment
from glocal.collection.local_index.visual_words import VisualWords
from glocal.collection.local_index.voting import Tally, tally
from glocal.collection.states_by_commit import StatesByCommit
from glocal.errors import CollectionError
from glocal.features import CompactFeatures

MOST_UNWRITTEN = 128
"""Photos that are kept in memory only: listing this many takes a process that begins anew about a tenth of a second."""

LOCK = "local.lock"

WAIT_SECONDS = 120.0
"""How long another process that writes is waited for. After that a process lists what it lacks in memory."""

_BLOCK = 4096
_SUFFIX = ".segment"


class LocalIndex:
    """The local index of one collection, kept level with its catalog. Safe to use from several threads.

    Args:
        folder: of the collection; read when the index is first used, written when much has changed.
        words: the visual words of the collection's model.
        workers: threads of one search; None: one per processor.
    """

    def __init__(self, folder: Path, words: VisualWords, *, workers: int | None = None) -> None:
        self._folder = folder
        self._words = words
        self._workers = workers
        self._states = StatesByCommit(lambda snapshot, commit: iter([self._caught_up(snapshot, commit)]))

    def features(self, snapshot: Snapshot) -> int:
        """Return how many features are listed; the index first catches up with the snapshot."""
        return sum(segment.features for segment, _ in self.level_with(snapshot).segments())

    @property
    def words(self) -> int:
        """The number of visual words."""
        return len(self._words)

    def tally(
        self, snapshot: Snapshot, views: Sequence[CompactFeatures], count: int, allowed: Ids | None = None
    ) -> Tally:
        """Find what the photos of the collection have near the local features of one or several views.

        Args:
            snapshot: taken just now; the index first catches up with it.
            views: each votes for itself.
            count: words whose lists each feature reads: see `words_each`.
            allowed: [n], ascending: ids of the photos that may be voted for; None: all.

        Raises:
            CollectionError: stored features are damaged.
            ModelError: codes are longer than those of visual words.
        """
        segments = self.level_with(snapshot).segments()
        if allowed is not None:
            segments = [(segment, hidden | ~segment.rows_of(allowed)) for segment, hidden in segments]
        return tally(self._words, segments, views, count, self._workers)

    def level_with(self, snapshot: Snapshot) -> State:
        """Return the state at the snapshot's commit; only catching up makes others wait."""
        return self._states.level_with(snapshot)

    def _caught_up(self, snapshot: Snapshot, commit: Commit) -> State:
        state, changed = self._behind(snapshot, commit)
        if len(changed) <= MOST_UNWRITTEN and not any(part.is_mostly_hidden for part in state.stored):
            for segment in read_segments(snapshot, self._words, changed):
                state = state.with_recent(segment)
            if len(state.recent) <= MOST_UNWRITTEN:
                return state
        with suppress(CollectionError), writer_lock(self._folder / LOCK, wait=WAIT_SECONDS):
            state, changed = self._behind(snapshot, commit)  # with what another process has written meanwhile
            state = self._written(snapshot, state, changed)
            self._publish(state)
            return state
        return self._written(snapshot, *self._behind(snapshot, commit), in_memory=True)

    def _behind(self, snapshot: Snapshot, commit: Commit) -> tuple[State, Ids]:
        """Return the best that is there at a commit, and the ids, ascending, of the photos it may lack."""
        for known in sorted((*self._states.held, *self._read()), key=lambda state: -state.commit.generation):
            if snapshot.knows(known.commit):
                changed = np.array(snapshot.changed_since(known.commit), np.int64)
                return known.without(commit, changed), changed
        return State(commit, (), Segment.empty(len(self._words))), _all_ids(snapshot)

    def _written(self, snapshot: Snapshot, state: State, changed: Ids, *, in_memory: bool = False) -> State:
        """Return a state with the photos it lacks, all written, or all in memory only."""
        for segment in read_segments(snapshot, self._words, changed):
            state = self._settled(state.with_recent(segment), in_memory=in_memory)
        return self._settled(state, in_memory=in_memory)

    def _settled(self, state: State, *, in_memory: bool) -> State:
        """Merge recent photos and mostly hidden segments, and the last ones that have not many more photos."""
        kept = [part for part in state.stored if not part.is_mostly_hidden]
        parts = [part for part in state.stored if part.is_mostly_hidden]
        count = len(state.recent) + sum(part.shown for part in parts)
        if not count:
            return State(state.commit, tuple(kept), state.recent)
        while kept and kept[-1].shown <= 2 * count and kept[-1].shown + count <= MOST_PHOTOS:
            parts.append(kept.pop())
            count += parts[-1].shown
        merged = Segment.merged([*((part.segment, part.hidden) for part in parts), shown(state.recent)])
        hidden = np.zeros(len(merged), np.bool_)
        stored = Stored("", merged, hidden) if in_memory else self._stored(merged)
        return State(state.commit, (*kept, stored), Segment.empty(len(self._words)))

    def _stored(self, segment: Segment) -> Stored:
        """Write a segment and map it; where it cannot be written, keep it in memory, without a name."""
        name = f"local-{secrets.token_hex(8)}{_SUFFIX}"
        hidden = np.zeros(len(segment), np.bool_)
        try:
            write_segment(self._folder / name, segment)
        except OSError:
            return Stored("", segment, hidden)
        mapped = read_segment(self._folder / name, len(self._words))
        return Stored(name if mapped else "", mapped or segment, hidden)

    def _publish(self, state: State) -> None:
        """Name the segments in the manifest, if all are written, and delete all others."""
        names = tuple(part.name for part in state.stored)
        hidden = tuple(tuple(np.flatnonzero(part.hidden).tolist()) for part in state.stored)
        if not all(names):
            return
        with suppress(OSError):
            Manifest(state.commit, self._words.fingerprint, names, hidden).write(self._folder)
            for path in self._folder.glob(f"local-*{_SUFFIX}*"):
                if path.name not in names:
                    path.unlink()

    def _read(self) -> list[State]:
        """Return what the files hold, if they are whole and by the same words."""
        manifest = Manifest.read(self._folder)
        if manifest is None or manifest.words != self._words.fingerprint:
            return []
        stored = []
        for name, rows in zip(manifest.segments, manifest.hidden, strict=True):
            segment = read_segment(self._folder / name, len(self._words))
            if segment is None:
                return []
            hidden = np.zeros(len(segment), np.bool_)
            hidden[list(rows)] = True
            stored.append(Stored(name, segment, hidden))
        return [State(manifest.commit, tuple(stored), Segment.empty(len(self._words)))]


def _all_ids(snapshot: Snapshot) -> Ids:
    """Return the ids of all photos with features, ascending."""
    return np.concatenate([np.empty(0, np.int64), *(ids for ids, _ in snapshot.all_descriptors(_BLOCK))])


def damaged_files(folder: Path) -> list[Path]:
    """Read the files of a collection's local index whole, and return those that are damaged or missing."""
    if not (folder / MANIFEST).exists():
        return []
    manifest = Manifest.read(folder)
    if manifest is None:
        return [folder / MANIFEST]
    return [folder / name for name in manifest.segments if not is_sound(folder / name)]


def forget_files(folder: Path) -> None:
    """Delete the files of a collection's local index: it is made anew from the catalog."""
    for path in [folder / MANIFEST, *folder.glob(f"local-*{_SUFFIX}")]:
        path.unlink(missing_ok=True)

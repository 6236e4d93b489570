"""The global index: which photos of a collection are most like a query.

A cache beside the catalog, kept level with it. Up to `EXACT_BYTES` the answer is exact by construction; above,
it is approximate by its choice of candidates alone: every similarity is computed from the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from glocal.arrays import FloatArray
from glocal.collection.catalog import Commit, Snapshot, writer_lock
from glocal.collection.index.index_file import read_index, write_index
from glocal.collection.index.index_state import Base, IndexState
from glocal.collection.index.int8_codes import BLOCK, Codes, Ids, evenly
from glocal.collection.index.nearest import nearest
from glocal.collection.index.sketches import Sketches
from glocal.collection.states_by_commit import StatesByCommit
from glocal.errors import CollectionError

EXACT_BYTES = 1 << 29
"""Searches are exact as long as the codes, photos times dimensions, take no more than this: 1,048,576 photos at 512
dimensions. A search reads them all."""

STALE_SHARE = 0.05
"""The file is written anew when so large a share of the photos changed since: what is left to catch up with
takes a search a fraction of the time that building takes."""

WAIT_SECONDS = 120.0
"""How long the cache file is waited for while another process writes it: about what a million photos take on a slow
disk. After that a process makes its own in memory."""


class GlobalIndex:
    """The index of one collection, kept level with its catalog. Safe to use from several threads.

    Args:
        path: the cache file; read when the index is first used, written when much has changed.
        dimensions: length D of a global descriptor.
        exact_bytes: see `EXACT_BYTES`; counts when the file is written.
        workers: threads of one search; None: one per processor.
    """

    def __init__(
        self, path: Path, dimensions: int, *, exact_bytes: int = EXACT_BYTES, workers: int | None = None
    ) -> None:
        self._path = path
        self._dimensions = dimensions
        self._exact_bytes = exact_bytes
        self._workers = workers
        self._states = StatesByCommit(self._caught_up)

    def nearest(
        self, snapshot: Snapshot, queries: FloatArray, count: int, allowed: Ids | None = None
    ) -> list[list[tuple[int, float]]]:
        """Return the `count` photos most like each query: (id, similarity), best first, equal ones by id.

        Args:
            snapshot: taken just now; the index first catches up with it.
            queries: [Q, D] float32 of length 1.
            count: photos per query; fewer are returned if there are fewer.
            allowed: [n] int64, ascending: ids of the photos that may be found; None: all.
        """
        state = self._states.level_with(snapshot)
        if allowed is not None:
            state = state.only(allowed)
        return [nearest(snapshot, state, query, count, self._workers) for query in queries]

    def _caught_up(self, snapshot: Snapshot, commit: Commit) -> Iterator[IndexState]:
        state = self._advanced(snapshot, commit)
        yield state
        if state.changes > STALE_SHARE * len(state):
            yield IndexState.fresh(commit, self._written(commit, len(state), state.blocks))

    def _advanced(self, snapshot: Snapshot, commit: Commit) -> IndexState:
        for state in self._known_once():
            if snapshot.knows(state.commit):
                changed = np.array(snapshot.changed_since(state.commit), np.int64)
                if len(changed) <= max(len(state.base.codes), BLOCK):
                    return state.at(snapshot, commit, changed)
        return IndexState.fresh(commit, self._built(snapshot, commit))

    def _built(self, snapshot: Snapshot, commit: Commit) -> Base:
        """Code every descriptor of the catalog."""
        return self._written(
            commit,
            snapshot.photo_count(),
            lambda: (Codes.of(ids, descriptors) for ids, descriptors in snapshot.all_descriptors(BLOCK)),
        )

    def _known_once(self) -> Iterator[IndexState]:
        """Yield what may be caught up from: what is held, then what the cache file holds."""
        yield from self._states.held
        found = read_index(self._path, self._dimensions)
        if found is not None:
            yield IndexState.fresh(found[1], found[0])

    def _written(self, commit: Commit, count: int, blocks: Callable[[], Iterable[Codes]]) -> Base:
        """Write the cache file and return what it holds; if it cannot be written, hold that in memory.

        One process writes at a time; one that had to wait may find that its work is done.
        """
        sketched = count * self._dimensions > self._exact_bytes
        with suppress(CollectionError), writer_lock(self._path.with_suffix(".lock"), wait=WAIT_SECONDS):
            base = self._file_at(commit)
            if base is None and write_index(
                self._path, commit, self._dimensions, count, sketched=sketched, blocks=blocks()
            ):
                base = self._file_at(commit)
            if base is not None:
                return base
        parts = list(blocks())
        sketches = Sketches.joined([Sketches.of(part) for part in evenly(parts)]) if sketched else None
        return Base(Codes.joined([Codes.empty(self._dimensions), *parts]), sketches)

    def _file_at(self, commit: Commit) -> Base | None:
        """Return what the cache file holds, if that is the catalog at this commit."""
        found = read_index(self._path, self._dimensions)
        return found[0] if found is not None and found[1] == commit else None

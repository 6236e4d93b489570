"""The global index: which photos of a collection are most like a query, exactly.

An 8-bit scan in memory finds candidates; their similarities are then computed from the descriptors in the
catalog. The scan goes on until no photo left out can belong to the answer, so recall is 1 by construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from glocal.collection.index_file import read_index, write_index
from glocal.collection.quantised import BLOCK, Ids, QuantisedDescriptors
from glocal.collection.records import Commit
from glocal.collection.snapshot import NO_COMMIT, Snapshot
from glocal.features import FloatArray

EXTRA = 64
"""Photos scanned beyond those wanted, so that one scan nearly always proves the answer exact."""

STALE_SHARE = 0.05
"""The file is written anew when so large a share of the photos changed since: what is left to catch up with
takes a search a fraction of the time that building takes."""


class GlobalIndex:
    """The index of one collection, kept level with its catalog. Safe to use from several threads.

    Args:
        path: the cache file; read when the index is first used, written when much has changed.
        dimensions: length D of a global descriptor.
    """

    def __init__(self, path: Path, dimensions: int) -> None:
        self._path = path
        self._dimensions = dimensions
        self._lock = Lock()
        self._descriptors: QuantisedDescriptors | None = None
        self._commit = NO_COMMIT
        self._unsaved = 0

    def nearest(self, snapshot: Snapshot, queries: FloatArray, count: int) -> list[list[tuple[int, float]]]:
        """Return the `count` photos most like each query: (id, similarity), best first, equal ones by id.

        Args:
            snapshot: taken just now; the index first catches up with it.
            queries: [Q, D] float32 of length 1.
            count: photos per query; fewer are returned if there are not so many.
        """
        with self._lock:
            descriptors = self._caught_up(snapshot)
            count = min(count, len(descriptors))
            if count < 1:
                return [[] for _ in queries]
            return _exact(snapshot, descriptors, queries, count)

    def _caught_up(self, snapshot: Snapshot) -> QuantisedDescriptors:
        descriptors = self._descriptors
        if descriptors is None:
            descriptors, self._commit = self._load(snapshot)
        if not snapshot.knows(self._commit):
            descriptors = None
        current = snapshot.commit()
        if descriptors is not None and self._commit != current:
            changed = snapshot.changed_since(self._commit)
            _replace(descriptors, snapshot, changed)
            self._unsaved += len(changed)
            if descriptors.is_coarse:
                descriptors = None
        if descriptors is None:
            descriptors = _build(snapshot, self._dimensions)
            self._unsaved = len(descriptors) + 1
        self._descriptors, self._commit = descriptors, current
        if self._unsaved > STALE_SHARE * len(descriptors):
            write_index(self._path, descriptors, current)
            self._unsaved = 0
        return descriptors

    def _load(self, snapshot: Snapshot) -> tuple[QuantisedDescriptors | None, Commit]:
        """Read the cache file, if it belongs to this catalog."""
        found = read_index(self._path)
        if found is None or found[0].dimensions != self._dimensions or not snapshot.knows(found[1]):
            return None, NO_COMMIT
        return found


def _build(snapshot: Snapshot, dimensions: int) -> QuantisedDescriptors:
    """Code every descriptor of the catalog; its first reading finds the range of each dimension."""
    low = np.full(dimensions, np.inf, np.float32)
    high = -low
    for _, block in snapshot.all_descriptors(BLOCK):
        np.minimum(low, block.min(axis=0), out=low)
        np.maximum(high, block.max(axis=0), out=high)
    if not np.isfinite(low).all():  # an empty catalog: any range will do, the first photos call for a rebuild
        low, high = np.zeros_like(low), np.zeros_like(high)
    return QuantisedDescriptors.build(low, high, snapshot.all_descriptors(BLOCK))


def _replace(descriptors: QuantisedDescriptors, snapshot: Snapshot, changed: Sequence[int]) -> None:
    descriptors.remove(np.array(changed, np.int64))
    for start in range(0, len(changed), BLOCK):
        descriptors.add(*snapshot.descriptors(changed[start : start + BLOCK]))


def _exact(
    snapshot: Snapshot, descriptors: QuantisedDescriptors, queries: FloatArray, count: int
) -> list[list[tuple[int, float]]]:
    """Scan, score exactly, and scan deeper for those queries whose answer is not proved yet."""
    answers: list[list[tuple[int, float]]] = [[] for _ in queries]
    open_queries = np.arange(len(queries))
    depth = min(2 * count + EXTRA, len(descriptors))
    while len(open_queries):
        ids, approximate = descriptors.scan(queries[open_queries], depth)
        unproved = []
        for query, row, last in zip(open_queries, ids, approximate[:, -1], strict=True):
            answers[query] = _scored(snapshot, row, queries[query])[:count]
            missed_at_most = float(last) + descriptors.bound()
            if depth < len(descriptors) and missed_at_most >= answers[query][-1][1]:
                unproved.append(query)
        open_queries = np.array(unproved, np.int64)
        depth = min(4 * depth, len(descriptors))
    return answers


def _scored(snapshot: Snapshot, ids: Ids, query: FloatArray) -> list[tuple[int, float]]:
    """Return (id, similarity) of these photos, best first.

    Summed in float64 and rounded to float32, so that a similarity does not depend on which others are
    computed beside it.
    """
    found, vectors = snapshot.descriptors(ids.tolist())
    similarities = (vectors.astype(np.float64) @ query.astype(np.float64)).astype(np.float32)
    order = np.lexsort((found, -similarities))
    return [(int(found[row]), float(similarities[row])) for row in order]

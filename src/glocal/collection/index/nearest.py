"""The photos most like one query: scanned by their codes, scored exactly from the catalog.

An approximate search first leaves out most photos by their sketches; from there on it is as an exact one. The
answer depends neither on the number of threads nor on the order of the rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import numpy as np

from glocal.arrays import FloatArray
from glocal.collection.catalog import Snapshot
from glocal.collection.index.index_state import IndexState
from glocal.collection.index.int8_codes import Ids, Rows
from glocal.collection.index.scoring import CodedQuery, score_all, score_rows
from glocal.collection.index.sketches import TILE, Sketches, SketchQuery, estimate, tiles
from glocal.collection.index.top_scores import Counts, count_scores, no_counts, reaching, threshold
from glocal.cores import available_cores

SHORTLISTED = 64
"""Sketches keep one photo in this many: benchmarks/RESULTS-million.md gives the recall measured."""

MOST_PER_RESULT = 64
"""Sketches keep at least this many photos for each one wanted."""

_PARTS = 4
"""Parts that a scan is cut in for each thread, so that none waits long for another."""

_SPARSE = 8
"""Where at most one photo in this many may be found, only their codes are read: a row read out of sequence takes
several times as long."""

_LEAST_PART = 8192
"""Rows that are worth a thread."""

_Score = Callable[[int, FloatArray], None]
"""Write the scores of rows first, first + 1, ... to an array."""


def nearest(
    snapshot: Snapshot, state: IndexState, query: FloatArray, count: int, workers: int | None = None
) -> list[tuple[int, float]]:
    """Return (id, similarity) of the `count` photos most like the query, best first, equal ones by id.

    Args:
        snapshot: of the commit of the state.
        state: see `IndexState`; if its base has sketches, a photo of it may be missed, else none is.
        query: [D] float32 of length 1.
        count: fewer are returned if there are fewer.
        workers: number of threads; None: one per processor.
    """
    while True:
        try:
            return _nearest(snapshot, state, query, min(count, len(state)), workers) if count and len(state) else []
        except _LackingError as lacking:
            state = state.hiding(lacking.photos)


class _LackingError(Exception):
    """Descriptors of these photos (ascending ids) are damaged in the catalog."""

    def __init__(self, photos: Ids) -> None:
        super().__init__()
        self.photos = photos


def _nearest(
    snapshot: Snapshot, state: IndexState, query: FloatArray, count: int, workers: int | None
) -> list[tuple[int, float]]:
    coded = CodedQuery.of(query)
    threads = workers or available_cores()
    base, recent, rows = state.base.codes, state.recent, _rows_to_score(state, query, count, threads)
    if rows is None:
        early, counts = _scan(len(base), lambda i, out: score_all(base, coded, i, out), threads, state.gone)
    else:
        kept = rows
        early, counts = _scan(len(kept), lambda i, out: score_rows(base, coded, kept[i : i + len(out)], out), threads)
    late, counts_of_late = _scan(len(recent), lambda i, out: score_all(recent, coded, i, out), threads)
    scored = _Scored(state, rows, np.concatenate([early, late]))
    return _proved(snapshot, scored, query, coded.slack, threshold(counts + counts_of_late, count), count)


@dataclass(frozen=True, eq=False)
class _Scored:
    """Photos that may belong to the answer, with approximate scores: those of the base, then the recent ones.

    Attributes:
        rows: of the base; None: all.
        scores: [n] float32, -inf for photos that are gone.
    """

    state: IndexState
    rows: Rows | None
    scores: FloatArray

    def photos(self, places: Rows) -> tuple[Ids, FloatArray]:
        """Return ids and errors of the photos in these places, ascending."""
        early = len(self.scores) - len(self.state.recent)
        split = int(np.searchsorted(places, early))
        rows = places[:split] if self.rows is None else self.rows[places[:split]]
        base, recent = self.state.base.codes, self.state.recent
        late = places[split:] - early
        return (
            np.concatenate([base.ids[rows], recent.ids[late]]),
            np.concatenate([base.errors[rows], recent.errors[late]]),
        )


def _rows_to_score(state: IndexState, query: FloatArray, count: int, threads: int) -> Rows | None:
    """Return the rows of the base whose codes are read; None: all."""
    if (len(state.base.codes) - len(state.gone)) * _SPARSE <= len(state.base.codes):
        return state.rows_left()
    if state.base.sketches is None:
        return None
    return _shortlist(state.base.sketches, state.gone, query, count, threads)


def _shortlist(sketches: Sketches, gone: Rows, query: FloatArray, count: int, threads: int) -> Rows:
    """Return the rows whose photos are most alike by their sketches."""
    coded, total = SketchQuery.of(query), len(sketches.factors)
    estimates, counts = _scan(total, lambda first, out: estimate(sketches, coded, first, out), threads, gone)
    wanted = min(max(-(-total // SHORTLISTED), MOST_PER_RESULT * count), total - len(gone))
    return reaching(estimates, threshold(counts, wanted)) if wanted else np.empty(0, np.int64)


def _proved(
    snapshot: Snapshot, scored: _Scored, query: FloatArray, slack: float, likely: np.float32, count: int
) -> list[tuple[int, float]]:
    """Score the likely ones exactly, then all that may still be among the best of those.

    Args:
        slack: how far a score is off beyond the error of its photo's code.
        likely: score that at least `count` photos reach.
    """
    ids, _ = scored.photos(reaching(scored.scores, likely))
    found = _similarities(snapshot, ids, query)
    least = found[1][np.argsort(-found[1], kind="stable")[count - 1]]
    margin = scored.state.greatest_error + slack
    open_places = reaching(scored.scores, np.float32(least - margin))
    open_places = open_places[scored.scores[open_places] < likely]
    ids, errors = scored.photos(open_places)
    ids = ids[scored.scores[open_places] + errors + slack >= least]
    more = _similarities(snapshot, ids, query)
    ids, similarities = np.concatenate([found[0], more[0]]), np.concatenate([found[1], more[1]])
    best = np.lexsort((ids, -similarities))[:count]
    return [(int(ids[place]), float(similarities[place])) for place in best]


def _similarities(snapshot: Snapshot, ids: Ids, query: FloatArray) -> tuple[Ids, FloatArray]:
    """Return (ids, similarities) by the descriptors in the catalog.

    Summed in float64 and rounded to float32, so that a similarity does not depend on which others are
    computed beside it. Not by BLAS, whose threads would go on waiting in a loop while the next search scans.

    Raises:
        _LackingError: some have none that is sound.
    """
    if not len(ids):
        return ids, np.empty(0, np.float32)
    found, vectors = snapshot.descriptors(ids.tolist())
    if len(found) < len(ids):
        raise _LackingError(np.setdiff1d(ids, found))
    exact = np.einsum("nd,d->n", vectors.astype(np.float64), query.astype(np.float64))
    return found, exact.astype(np.float32)


def _scan(total: int, score: _Score, threads: int, gone: Rows | None = None) -> tuple[FloatArray, Counts]:
    """Score `total` rows; return the scores, -inf for those that are gone, and how many there are of each size."""
    scores = np.empty(total, np.float32)
    rows = TILE * tiles(max(_LEAST_PART, -(-total // (_PARTS * threads))))
    left = list(range(0, total, rows))

    def work() -> Counts:
        counts = no_counts()
        while True:
            try:
                first = left.pop()
            except IndexError:
                return counts
            part = scores[first : first + rows]
            score(first, part)
            if gone is not None:
                begin, end = np.searchsorted(gone, [first, first + rows])
                part[gone[begin:end] - first] = -np.inf
            count_scores(part, counts)

    helpers = [_pool(threads).submit(work) for _ in range(min(len(left), threads) - 1)]
    counts = work()
    for helper in helpers:
        if not helper.cancel():  # one that did not wake up in time is not waited for
            counts += helper.result()
    return scores, counts


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Return the threads that all searches share: to begin them takes a quarter of an approximate search's time."""
    return ThreadPoolExecutor(threads, thread_name_prefix="glocal-scan")


if hasattr(os, "register_at_fork"):  # a forked process has none of them
    os.register_at_fork(after_in_child=_pool.cache_clear)

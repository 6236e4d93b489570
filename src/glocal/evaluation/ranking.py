"""Rank a database for every query: a core that is annotated, and any number of distractors streamed past it.

Only two things are needed of a ranking with a million distractors: at which place each core photo stands, and
who the first few are. The places are found by counting the distractors that score higher; nothing is sorted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.evaluation.similarity import on_grid

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_QUERY_ROWS = 1024
"""Queries compared at once with a block: 64 MB of similarities."""


@dataclass(frozen=True, eq=False)
class Ranked:
    """The ranking of one query over a core of N photos followed by distractors (rows N, N+1, ...).

    Attributes:
        places: [N] int64, the place of each core photo in the whole ranking, from zero.
        top: [M] int64, the rows that come first, best first.
        similarities: [M] float64, their similarities, descending.
    """

    places: IntArray
    top: IntArray
    similarities: FloatArray


def rank(
    queries: NDArray[np.floating],
    core: NDArray[np.floating],
    distractors: Iterable[NDArray[np.floating]] = (),
    depth: int | None = None,
) -> list[Ranked]:
    """Rank the core and the distractors for every query by inner product; ties keep database order.

    Args:
        queries: [Q, D] floats, rows of length 1.
        core: [N, D] floats, rows of length 1.
        distractors: blocks [B, D] of further rows, in database order.
        depth: how many of the first photos to keep (M >= 1), by default N.

    Returns:
        The ranking of each query.

    Raises:
        EvaluationError: descriptors that are not finite or not of length 1.
    """
    exact = on_grid(queries, "query descriptors")
    scores = exact @ on_grid(core, "database descriptors").T
    count = scores.shape[1]
    keep = count if depth is None else depth
    streams = [_Stream(row, keep) for row in scores]
    start = count
    for block in distractors:
        similarities = exact @ on_grid(block, f"distractors from row {start - count}").T
        for stream, row in zip(streams, similarities, strict=True):
            stream.add(row, start)
        start += len(block)
    return [stream.finish() for stream in streams]


def nearest(
    queries: NDArray[np.floating], blocks: Iterable[NDArray[np.floating]], depth: int
) -> list[tuple[IntArray, FloatArray]]:
    """Find the first photos of a database that is streamed past very many queries.

    Args:
        queries: [Q, D] floats, rows of length 1.
        blocks: the database in blocks [B, D], in order.
        depth: how many to keep (M >= 1).

    Returns:
        Per query [M] int64 rows, best first, and [M] float64 similarities; ties keep database order.

    Raises:
        EvaluationError: descriptors that are not finite or not of length 1.
    """
    tops = [_Top(depth) for _ in range(len(queries))]
    start = 0
    for block in blocks:
        database = on_grid(block, f"database from row {start}").T
        for first in range(0, len(queries), _QUERY_ROWS):
            scores = on_grid(queries[first : first + _QUERY_ROWS], "query descriptors") @ database
            for top, row in zip(tops[first : first + _QUERY_ROWS], scores, strict=True):
                top.add(row, start)
        start += len(block)
    return [(top.rows, top.similarities) for top in tops]


class _Top:
    """The first few of one query while a database goes by."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.rows: IntArray = np.empty(0, np.int64)
        self.similarities: FloatArray = np.empty(0)

    def add(self, scores: FloatArray, start: int) -> None:
        """Let the best scores of a block in; its first has row number `start`."""
        # Of equal scores the earlier row wins, so a full top only yields to what is strictly higher.
        full = len(self.rows) >= self.depth
        better = np.flatnonzero(scores > self.similarities[-1]) if full else np.arange(len(scores))
        if not len(better):
            return
        joined = np.concatenate([self.similarities, scores[better]])
        best = np.argsort(-joined, kind="stable")[: self.depth]
        self.rows = np.concatenate([self.rows, better + start])[best]
        self.similarities = joined[best]


class _Stream:
    """The ranking of one query while distractors go by."""

    def __init__(self, core: FloatArray, depth: int) -> None:
        self.order = np.argsort(-core, kind="stable")
        self.ascending = core[self.order][::-1]
        self.beaten = np.zeros(len(core) + 1, np.int64)
        self.top = _Top(depth)
        self.top.add(core, 0)

    def add(self, scores: FloatArray, start: int) -> None:
        """Count for each core photo the scores above its own, and let the best of them into the top."""
        rivals = scores[scores > self.ascending[0]]
        # A score that lands at position p of the ascending core scores beats the p photos before it.
        self.beaten += np.bincount(np.searchsorted(self.ascending, rivals), minlength=len(self.beaten))
        self.top.add(scores, start)

    def finish(self) -> Ranked:
        """Return the places: a core photo stands behind the core and the distractors that score above it."""
        above = np.cumsum(self.beaten[::-1])[:-1]
        places = np.empty_like(self.order)
        places[self.order] = np.arange(len(self.order)) + above
        return Ranked(places, self.top.rows, self.top.similarities)

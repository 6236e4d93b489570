"""Rank a database for every query: a core that is annotated, and any number of distractors streamed past it.

Only two things are needed of a ranking with a million distractors: at which place each core photo stands, and
who the first few are. The places are found by counting the distractors that score higher.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import DoubleArray, IntArray
from glocal.evaluation.similarity import on_grid
from glocal.parallel_map import map_ahead

_QUERY_ROWS = 1024
"""Queries compared at once with a block: 64 MB of similarities."""

_WORKERS = 2
"""Blocks of distractors compared at once: while one is converted, the other is multiplied."""


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
    similarities: DoubleArray


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
    for start, similarities in _compared(exact, distractors):
        for stream, row, ascending in zip(streams, similarities, np.sort(similarities, axis=1), strict=True):
            stream.add(row, ascending, count + start)
    return [stream.finish() for stream in streams]


def _compared(queries: DoubleArray, distractors: Iterable[NDArray[np.floating]]) -> Iterator[tuple[int, DoubleArray]]:
    """Yield for each block its first row and the similarities [Q, B], computed some blocks ahead."""

    def compare(numbered: tuple[int, NDArray[np.floating]]) -> tuple[int, DoubleArray]:
        start, block = numbered
        return start, queries @ on_grid(block, f"distractors from row {start}").T

    return map_ahead(compare, _numbered(distractors), workers=_WORKERS, ahead=_WORKERS + 1)


def _numbered(blocks: Iterable[NDArray[np.floating]]) -> Iterator[tuple[int, NDArray[np.floating]]]:
    start = 0
    for block in blocks:
        yield start, block
        start += len(block)


def nearest(
    queries: NDArray[np.floating], blocks: Iterable[NDArray[np.floating]], depth: int
) -> list[tuple[IntArray, DoubleArray]]:
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
        self.similarities: DoubleArray = np.empty(0)

    def add(self, scores: DoubleArray, start: int) -> None:
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

    def __init__(self, core: DoubleArray, depth: int) -> None:
        self.order = np.argsort(-core, kind="stable")
        self.ascending = core[self.order][::-1]
        self.above = np.zeros(len(core), np.int64)
        self.top = _Top(depth)
        self.top.add(core, 0)

    def add(self, scores: DoubleArray, ascending: DoubleArray, start: int) -> None:
        """Count for each core photo the scores above its own, and let the best of them into the top.

        Args:
            scores: [B], of the rows from `start` on.
            ascending: the same, sorted.
            start: the row of the first.
        """
        self.above += len(ascending) - np.searchsorted(ascending, self.ascending, side="right")
        self.top.add(scores, start)

    def finish(self) -> Ranked:
        """Return the places: a core photo stands behind the core and the distractors that score above it."""
        places = np.empty_like(self.order)
        places[self.order] = np.arange(len(self.order)) + self.above[::-1]
        return Ranked(places, self.top.rows, self.top.similarities)

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


class _Stream:
    """The ranking of one query while distractors go by."""

    def __init__(self, core: FloatArray, depth: int) -> None:
        order = np.argsort(-core, kind="stable")
        self.order = order
        self.ascending = core[order][::-1]
        self.beaten = np.zeros(len(core) + 1, np.int64)
        self.depth = depth
        self.top = order[:depth]
        self.similarities = core[self.top]

    def add(self, scores: FloatArray, start: int) -> None:
        """Count for each core photo the scores above its own, and let the best of them into the top."""
        rivals = scores[scores > self.ascending[0]]
        # A score that lands at position p of the ascending core scores beats the p photos before it.
        self.beaten += np.bincount(np.searchsorted(self.ascending, rivals), minlength=len(self.beaten))
        # Of equal scores the earlier row wins, so a full top only yields to what is strictly higher.
        full = len(self.top) >= self.depth
        rows = np.flatnonzero(scores > self.similarities[-1]) if full else np.arange(len(scores))
        if not len(rows):
            return
        joined = np.concatenate([self.similarities, scores[rows]])
        best = np.argsort(-joined, kind="stable")[: self.depth]
        self.top = np.concatenate([self.top, rows + start])[best]
        self.similarities = joined[best]

    def finish(self) -> Ranked:
        """Return the places: a core photo stands behind the core and the distractors that score above it."""
        above = np.cumsum(self.beaten[::-1])[:-1]
        places = np.empty_like(self.order)
        places[self.order] = np.arange(len(self.order)) + above
        return Ranked(places, self.top, self.similarities)

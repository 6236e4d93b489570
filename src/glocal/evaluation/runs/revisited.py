"""Score rankings under the revisited protocols, before and after re-ranking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import IntArray
from glocal.evaluation.datasets import Annotations, Protocol, Query
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.measures import CUTOFFS, Scores, score_ranks, shift_junk
from glocal.evaluation.ranking import Ranked, Ranker
from glocal.progress import OnProgress, silent


def score_rankings(
    annotations: Annotations,
    rankings: NDArray[np.integer],
    protocol: Protocol,
    cutoffs: tuple[int, ...] = CUTOFFS,
) -> Scores:
    """Score complete rankings under one protocol.

    Args:
        annotations: Q queries over N photos.
        rankings: [Q, N] integers: for each query all database rows, best first.
        protocol: which photos are positive and which are junk.
        cutoffs: the values of k.

    Raises:
        EvaluationError: another shape, or a ranking that does not name each row once.
    """
    shape = (len(annotations.queries), len(annotations.photos))
    if rankings.shape != shape:
        raise EvaluationError(f"rankings of shape {list(rankings.shape)} instead of {list(shape)}")
    if np.any(np.sort(rankings, axis=1) != np.arange(shape[1])):
        raise EvaluationError("a ranking must name each database row exactly once")
    places = np.empty(shape, np.int64)
    np.put_along_axis(places, rankings.astype(np.int64), np.arange(shape[1])[None, :], axis=1)
    return score_places(annotations, list(places), protocol, cutoffs)


def score_places(
    annotations: Annotations,
    places: Sequence[IntArray],
    protocol: Protocol,
    cutoffs: tuple[int, ...] = CUTOFFS,
) -> Scores:
    """Score the places of the annotated photos under one protocol.

    Args:
        annotations: Q queries over N photos.
        places: for each query [N] int64, the place of each photo in a ranking that may hold distractors too.
        protocol: which photos are positive and which are junk.
        cutoffs: the values of k.
    """
    queries = zip(annotations.queries, places, strict=True)
    return score_ranks([positive_ranks(query, row, protocol) for query, row in queries], cutoffs=cutoffs)


def positive_ranks(query: Query, places: IntArray, protocol: Protocol) -> IntArray:
    """Return the ranks of a query's positives with junk taken out, ascending, [P] int64."""
    positives = np.sort(places[query.positives(protocol)])
    return shift_junk(positives, np.sort(places[query.ignored(protocol)]))


def rerank(ranked: Ranked, ranker: Ranker, query: int, depth: int, excluded: IntArray | None = None) -> Ranked:
    """Reorder the first photos of one ranking.

    The best `depth` photos that are not excluded are sorted by the ranker's score and dealt back onto the
    places they had together; ties keep their order, and excluded photos stay where they are. With a
    protocol's junk excluded this is "remove junk, re-rank the first `depth`, evaluate" (DELG's
    `perform_retrieval`); with nothing excluded it is the "shared" variant of other code.

    Args:
        ranked: the ranking; its top must reach deep enough to hold `depth` photos that are not excluded.
        ranker: gives the scores.
        query: the query's number, for the ranker.
        depth: how many photos may move.
        excluded: [J] int64, database rows that do not take part.

    Returns:
        The new ranking. Its similarities follow their photos, so they need not descend any more.
    """
    slots = np.arange(len(ranked.top))
    if excluded is not None:
        slots = slots[~np.isin(ranked.top, excluded)]
    slots = slots[:depth]
    rows, similarities = ranked.top[slots], ranked.similarities[slots]
    order = np.argsort(-ranker.scores(query, rows, similarities), kind="stable")
    top, moved = ranked.top.copy(), ranked.similarities.copy()
    top[slots], moved[slots] = rows[order], similarities[order]
    places = ranked.places.copy()
    annotated = top[slots] < len(places)
    places[top[slots][annotated]] = slots[annotated]
    return Ranked(places, top, moved)


def rerank_all(
    annotations: Annotations,
    ranked: Sequence[Ranked],
    ranker: Ranker,
    protocol: Protocol,
    *,
    depth: int,
    shared: bool = False,
    stage: str = "re-rank",
    on_progress: OnProgress = silent,
) -> list[Ranked]:
    """Re-rank every query for one protocol; queries without positives in it are returned as they are.

    Args:
        annotations: Q queries.
        ranked: Q rankings.
        ranker: gives the scores.
        protocol: whose junk is taken out before the shortlist is cut, where the ranker wants that.
        depth: length of the shortlist.
        shared: let junk take places in the shortlist, so that all protocols share one re-ranking. Published
            code that does this is not comparable with the paper.
        stage: what the work is called in `on_progress`.
        on_progress: called with each query.
    """
    result: list[Ranked] = []
    for number, (query, ranking) in enumerate(zip(annotations.queries, ranked, strict=True)):
        on_progress(stage, number, len(ranked))
        if not len(query.positives(protocol)):
            result.append(ranking)
            continue
        excluded = None if shared or ranker.sees_junk else query.ignored(protocol)
        result.append(rerank(ranking, ranker, number, depth, excluded))
    return result


def needed_depth(annotations: Annotations, shortlist: int) -> int:
    """Return how many first photos a ranking must keep so that any protocol can fill its shortlist."""
    return shortlist + max(len(query.labelled) for query in annotations.queries)

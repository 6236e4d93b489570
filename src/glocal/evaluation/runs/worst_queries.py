"""The worst queries of an evaluation, with the heads of their rankings, to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from glocal.evaluation.datasets import PhotoSet, Protocol, Query
from glocal.evaluation.ranking import Ranked, Verifier
from glocal.evaluation.result import Example, ProtocolResult, RankedPhoto
from glocal.evaluation.runs.protocols import protocols

SHOWN = 10
"""Photos shown of each ranking."""


def worst_examples(
    photos: PhotoSet,
    results: Sequence[ProtocolResult],
    reranked: Mapping[Protocol, Sequence[Ranked]],
    ranked: Sequence[Ranked],
    verifier: Verifier,
    count: int,
) -> tuple[Example, ...]:
    """Return the queries with the lowest AP under Medium, or under the one protocol there is.

    Args:
        photos: the set.
        results: its measures.
        reranked: per protocol the rankings after re-ranking, if any.
        ranked: the rankings before.
        verifier: knows the inliers of the pairs that were matched.
        count: how many queries.
    """
    measured = dict(zip(protocols(photos.annotations), results, strict=True))
    protocol = Protocol.MEDIUM if Protocol.MEDIUM in measured else next(iter(measured))
    result = measured[protocol]
    rankings = reranked.get(protocol, ranked)
    scored = sorted(
        (query.average_precision, number)
        for number, query in enumerate(result.queries)
        if query.average_precision is not None
    )
    return tuple(
        Example(
            str(photos.queries[number]),
            photos.regions[number],
            result.protocol,
            average_precision,
            _head(photos, protocol, number, rankings[number], verifier),
        )
        for average_precision, number in scored[:count]
    )


def _head(
    photos: PhotoSet, protocol: Protocol, number: int, ranking: Ranked, verifier: Verifier
) -> tuple[RankedPhoto, ...]:
    paths = (*photos.photos, *photos.distractors)
    query = photos.annotations.queries[number]
    return tuple(
        RankedPhoto(
            str(paths[row]),
            _label(query, protocol, row),
            float(similarity),
            verifier.known_inliers(number, row),
        )
        for row, similarity in zip(ranking.top[:SHOWN].tolist(), ranking.similarities[:SHOWN], strict=True)
    )


def _label(query: Query, protocol: Protocol, row: int) -> str:
    if row in query.positives(protocol):
        return "positive"
    return "junk" if row in query.ignored(protocol) else "negative"

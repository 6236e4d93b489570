"""From rankings to results: every protocol of a set, before and after re-ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from glocal.evaluation.datasets import Annotations, Protocol
from glocal.evaluation.measures import REVISITED, Measures, precision_recall
from glocal.evaluation.ranking import Ranked
from glocal.evaluation.result import ProtocolResult, QueryResult
from glocal.evaluation.runs.revisited import positive_ranks, score_places


def protocols(annotations: Annotations) -> tuple[Protocol, ...]:
    """Return the protocols a set can be measured by: all three, or Easy alone where nothing is labelled hard."""
    if not any(len(query.hard) for query in annotations.queries):
        return (Protocol.EASY,)
    return tuple(
        protocol for protocol in Protocol if any(len(query.positives(protocol)) for query in annotations.queries)
    )


def protocol_results(
    annotations: Annotations,
    ranked: Sequence[Ranked],
    reranked: Mapping[Protocol, Sequence[Ranked]],
    measures: Measures = REVISITED,
) -> tuple[ProtocolResult, ...]:
    """Measure each protocol of a set.

    Args:
        annotations: Q queries.
        ranked: Q rankings by global descriptors.
        reranked: per protocol Q rankings after re-ranking; empty where nothing was re-ranked.
        measures: what to report.

    Returns:
        One result per protocol.
    """
    return tuple(
        _result(annotations, protocol, ranked, reranked.get(protocol), measures) for protocol in protocols(annotations)
    )


def _result(
    annotations: Annotations,
    protocol: Protocol,
    ranked: Sequence[Ranked],
    reranked: Sequence[Ranked] | None,
    measures: Measures,
) -> ProtocolResult:
    first = score_places(annotations, [ranking.places for ranking in ranked], protocol, measures.cutoffs)
    final = ranked if reranked is None else reranked
    last = score_places(annotations, [ranking.places for ranking in final], protocol, measures.cutoffs)
    queries = tuple(
        QueryResult(query.name, float(after), None if reranked is None else float(before))
        for query, before, after in zip(
            annotations.queries, first.average_precision, last.average_precision, strict=True
        )
    )
    ranks = [
        positive_ranks(query, ranking.places, protocol)
        for query, ranking in zip(annotations.queries, final, strict=True)
    ]
    return ProtocolResult(
        measures.label or protocol.value,
        measures.summarise(last),
        {} if reranked is None else measures.summarise(first),
        queries,
        tuple(float(value) for value in precision_recall(ranks)),
    )

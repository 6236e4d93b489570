"""How much a run of the benchmarks measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """Sizes of everything that takes time.

    Attributes:
        rounds: of timing the methods of re-ranking.
        slow_candidates: candidates of the TensorFlow method, whose time is scaled to all.
        queries, depth: of mAP: searches, and candidates re-ranked in each; for size three and two times as many.
        photos: how many of the labelled photos take part; None: all.
        timed_photos: photos that extraction is timed on.
        indexing_rounds: of timing extraction.
        distractors: of evaluation at scale.
    """

    rounds: int
    slow_candidates: int
    queries: int
    depth: int
    photos: int | None
    timed_photos: int
    indexing_rounds: int
    distractors: int

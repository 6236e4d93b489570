"""A search in two steps, so that a page can show candidates before they are proved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glocal.collection import Candidate, Hit, Ranking
from glocal.features import CompactFeatures, FloatArray
from glocal.matching import match_many
from glocal.service.shelf import Shelf


@dataclass(frozen=True, eq=False)
class View:
    """One view of the thing that is looked for.

    Attributes:
        descriptor: [D] float32 of length 1, of the photo or of its region.
        features: local features of the same.
    """

    descriptor: FloatArray
    features: CompactFeatures


@dataclass(frozen=True)
class Wanted:
    """What a client asks of a search.

    Attributes:
        top: most hits returned.
        rerank: candidates verified by local features; 0: the ranking by global descriptor alone.
        min_probability: hits below are left out.
        where: metadata that hits must have.
    """

    top: int = 24
    rerank: int = 100
    min_probability: float = 0.0
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Found:
    """A hit and the id of its photo."""

    id: int
    hit: Hit


def find(shelf: Shelf, views: Sequence[View], wanted: Wanted) -> list[Candidate]:
    """Return the candidates by global descriptor, best first: all that verification may want, and `top`."""
    queries = np.stack([view.descriptor for view in views]).astype(np.float32)
    return shelf.candidates(queries, max(wanted.top, wanted.rerank), wanted.where)


def unproved(shelf: Shelf, candidates: Sequence[Candidate], wanted: Wanted) -> list[Found]:
    """Return the first candidates as hits that are not verified."""
    return [_unverified(shelf, candidate) for candidate in candidates[: wanted.top]]


def verify(shelf: Shelf, views: Sequence[View], candidates: Sequence[Candidate], wanted: Wanted) -> list[Found]:
    """Verify the first candidates and return the hits as `Collection.search` ranks them."""
    stored = shelf.features([candidate.id for candidate in candidates[: wanted.rerank]])
    # A photo that was removed since the candidates were found has no features any more.
    proved = [candidate for candidate in candidates[: wanted.rerank] if candidate.id in stored]
    matches = [match_many(view.features, [stored[one.id] for one in proved]) for view in views]
    found = [_unverified(shelf, candidate) for candidate in candidates[wanted.rerank :]]
    for row, candidate in enumerate(proved):
        hits = []
        for view, of_view in enumerate(matches):
            match, similarity = of_view[row], candidate.similarity
            inliers, pairs = match.inlier_count, len(match)
            probability = shelf.calibration.probability(similarity, inliers, pairs)
            hits.append(Hit(candidate.path, similarity, inliers, probability, match.transform, pairs, view))
        found.append(Found(candidate.id, max(hits, key=lambda hit: (hit.probability, hit.inliers, -hit.view))))
    ids = {one.hit.path: one.id for one in found}
    ranking = Ranking.of(one.hit for one in found)
    return [Found(ids[hit.path], hit) for hit in ranking if hit.probability >= wanted.min_probability][: wanted.top]


def _unverified(shelf: Shelf, candidate: Candidate) -> Found:
    probability = shelf.calibration.probability_unverified(candidate.similarity)
    return Found(candidate.id, Hit(candidate.path, candidate.similarity, None, probability, None, None))

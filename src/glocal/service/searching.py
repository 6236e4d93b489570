"""A search in two steps, so that a page can show candidates before they are proved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glocal.collection import Candidate, Hit, Ranking
from glocal.collection.search import unverified_hit, verify_candidates
from glocal.features import CompactFeatures, FloatArray
from glocal.service.served_collection import Shelf


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
    kept = [candidate for candidate in candidates[: wanted.rerank] if candidate.id in stored]
    hits = verify_candidates(shelf.calibration, [view.features for view in views], kept, stored)
    found = [_unverified(shelf, candidate) for candidate in candidates[wanted.rerank :]]
    found += [Found(candidate.id, hit) for candidate, hit in zip(kept, hits, strict=True)]
    ids = {one.hit.path: one.id for one in found}
    ranking = Ranking.of(one.hit for one in found)
    return [Found(ids[hit.path], hit) for hit in ranking if hit.probability >= wanted.min_probability][: wanted.top]


def _unverified(shelf: Shelf, candidate: Candidate) -> Found:
    return Found(candidate.id, unverified_hit(shelf.calibration, candidate))

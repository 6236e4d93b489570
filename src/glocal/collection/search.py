"""Search: candidates by the global descriptor, proved by local features, ranked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.collection.catalog import Snapshot
from glocal.collection.hits import Candidate, Hit, RankBy
from glocal.collection.index import GlobalIndex
from glocal.collection.stored_photos import Predicate
from glocal.features import View
from glocal.matching import Calibration, match_many
from glocal.pair import Pair

Allowed = Iterable[int] | Predicate
"""Which photos may be found: their ids, or what their metadata must be like."""


@dataclass(frozen=True)
class SearchOptions:
    """How to search.

    Attributes:
        top: most hits returned.
        rerank: candidates that are verified by local features; 0: the ranking by global descriptor alone.
        ranking: see `Ranking.by`.
        min_probability: hits below are left out.

    Raises:
        ValueError: a number is out of range, or the ranking is unknown.
    """

    top: int = 10
    rerank: int = 100
    ranking: RankBy = "probability"
    min_probability: float = 0.0

    def __post_init__(self) -> None:
        if self.top < 1 or self.rerank < 0:
            raise ValueError(f"top must be at least 1 and rerank at least 0, not {self.top} and {self.rerank}")
        if not 0 <= self.min_probability <= 1:
            raise ValueError(f"min_probability must lie in [0, 1], not {self.min_probability}")
        if self.ranking not in ("probability", "paper"):
            raise ValueError(f"ranking must be 'probability' or 'paper', not {self.ranking!r}")

    @property
    def candidates(self) -> int:
        """How many candidates such a search needs."""
        return max(self.top, self.rerank)


def find_candidates(
    snapshot: Snapshot, index: GlobalIndex, views: Sequence[View], count: int, allowed: Allowed | None = None
) -> list[Candidate]:
    """Return the photos most like any of the views, best first, equal ones by id.

    Args:
        snapshot: taken just now.
        index: the global index of the same catalog.
        views: one or several views of one thing.
        count: most candidates returned.
        allowed: no others are found; None: all may be.
    """
    ids = None if allowed is None else _ids(snapshot, allowed)
    best: dict[int, float] = {}
    for found in index.nearest(snapshot, np.stack([view.descriptor for view in views]), count, ids):
        for photo, similarity in found:
            best[photo] = max(similarity, best.get(photo, -np.inf))
    # A photo missing from one query's list is less like it than all photos on that list. So every photo that
    # belongs to the first `count` is here, and with its greatest similarity.
    order = sorted(best, key=lambda photo: (-best[photo], photo))[:count]
    records = snapshot.photos_with_ids(order)
    return [Candidate(photo, records[photo].path, best[photo]) for photo in order]


def verify_candidates(
    snapshot: Snapshot, calibration: Calibration | None, views: Sequence[View], candidates: Sequence[Candidate]
) -> list[Hit]:
    """Match every candidate with every view of the query, and keep the view that proves it best.

    Args:
        snapshot: of the catalog that holds the candidates.
        calibration: of the model that made the features, or None.
        views: one or several views of one thing.
        candidates: photos that were removed since they were found are left out.

    Returns:
        One hit per candidate, in their order.
    """
    stored = snapshot.features([candidate.photo for candidate in candidates])
    kept = [candidate for candidate in candidates if candidate.photo in stored]
    features = [stored[candidate.photo] for candidate in kept]
    matches = [match_many(view.local, features) for view in views]
    hits = []
    for row, candidate in enumerate(kept):
        pairs = [
            Pair(view.local, features[row], found[row], candidate.similarity, calibration)
            for view, found in zip(views, matches, strict=True)
        ]
        best = max(range(len(views)), key=lambda view: (pairs[view].probability or 0.0, pairs[view].inliers, -view))
        hits.append(_verified_hit(candidate, best, pairs[best]))
    return hits


def unverified_hit(calibration: Calibration | None, candidate: Candidate) -> Hit:
    """Return a candidate as a hit of which only the similarity is known."""
    probability = None if calibration is None else calibration.probability_unverified(candidate.similarity)
    return Hit(candidate.photo, candidate.path, candidate.similarity, None, probability, None, None)


def _ids(snapshot: Snapshot, allowed: Allowed) -> NDArray[np.int64]:
    """Return the ids of the photos that are allowed, [n] ascending."""
    return snapshot.select(allowed) if callable(allowed) else np.unique(np.fromiter(allowed, np.int64))


def _verified_hit(candidate: Candidate, view: int, pair: Pair) -> Hit:
    return Hit(
        photo=candidate.photo,
        path=candidate.path,
        similarity=candidate.similarity,
        inliers=pair.inliers,
        probability=pair.probability,
        transform=pair.transform,
        correspondences=len(pair.match),
        view=view,
        proved=pair.proved,
        inlier_points=pair.inlier_points(),
        photo_size=pair.photo.image_size,
    )

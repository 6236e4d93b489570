"""Search: candidates by the global descriptor, proved by local features, ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from glocal.collection.catalog import Snapshot
from glocal.collection.hits import Candidate, Hit, RankBy, Ranking
from glocal.collection.index import GlobalIndex
from glocal.features import CompactFeatures, Features, FloatArray
from glocal.matching import Calibration, Match, match_many


@dataclass(frozen=True)
class SearchOptions:
    """How to search.

    Attributes:
        top: most hits returned.
        rerank: candidates that are verified by local features; 0: the ranking by global descriptor alone.
        ranking: see `Ranking.by`.

    Raises:
        ValueError: a number is negative, or the ranking is unknown.
    """

    top: int = 10
    rerank: int = 100
    ranking: RankBy = "probability"

    def __post_init__(self) -> None:
        if self.top < 1 or self.rerank < 0:
            raise ValueError(f"top must be at least 1 and rerank at least 0, not {self.top} and {self.rerank}")
        if self.ranking not in ("probability", "paper"):
            raise ValueError(f"ranking must be 'probability' or 'paper', not {self.ranking!r}")


def find_candidates(snapshot: Snapshot, index: GlobalIndex, queries: FloatArray, count: int) -> list[Candidate]:
    """Return the photos most like any of the queries, best first.

    Args:
        snapshot: taken just now.
        index: the global index of the same catalog.
        queries: [Q, D] float32 of length 1, the global descriptors of one or several views of one thing.
        count: most candidates returned.
    """
    best: dict[int, float] = {}
    for found in index.nearest(snapshot, queries, count):
        for photo, similarity in found:
            best[photo] = max(similarity, best.get(photo, -np.inf))
    # A photo missing from one query's list is less like it than all photos on that list. So every photo that
    # belongs to the first `count` is here, and with its greatest similarity.
    order = sorted(best, key=lambda photo: (-best[photo], photo))[:count]
    records = snapshot.photos_with_ids(order)
    return [Candidate(photo, records[photo].path, best[photo]) for photo in order]


def rank(
    snapshot: Snapshot,
    index: GlobalIndex,
    calibration: Calibration,
    views: Sequence[Features],
    options: SearchOptions,
) -> Ranking:
    """Search with the features of one or several views of one thing.

    Args:
        snapshot: taken just now.
        index: the global index of the same catalog.
        calibration: of the model that made the features.
        views: a hit is proved by the view that proves it best.
        options: how to search.
    """
    queries = np.stack([view.global_descriptor for view in views])
    candidates = find_candidates(snapshot, index, queries, max(options.top, options.rerank))
    to_verify, others = candidates[: options.rerank], candidates[options.rerank :]
    stored = snapshot.features([candidate.id for candidate in to_verify])
    hits = verify_candidates(calibration, [view.compact() for view in views], to_verify, stored)
    hits += [unverified_hit(calibration, candidate) for candidate in others]
    return Ranking.of(hits, options.ranking)[: options.top]


def verify_candidates(
    calibration: Calibration,
    views: Sequence[CompactFeatures],
    candidates: Sequence[Candidate],
    stored: Mapping[int, CompactFeatures],
) -> list[Hit]:
    """Match every candidate with every view of the query, and keep the view that proves it best.

    Args:
        calibration: of the model that made the features.
        views: local features of one or several views of one thing.
        candidates: whose features are in `stored`.
        stored: local features by photo id.

    Returns:
        One hit per candidate, in their order.
    """
    features = [stored[candidate.id] for candidate in candidates]
    matches_of_views = [match_many(view, features) for view in views]
    hits = []
    for row, candidate in enumerate(candidates):
        hits_of_views = []
        for number, (view, matches) in enumerate(zip(views, matches_of_views, strict=True)):
            points = matches[row].inlier_points(view, features[row])
            hits_of_views.append(_verified_hit(calibration, candidate, number, matches[row], points))
        hits.append(max(hits_of_views, key=lambda hit: (hit.probability, hit.inliers, -hit.view)))
    return hits


def unverified_hit(calibration: Calibration, candidate: Candidate) -> Hit:
    """Return a candidate as a hit of which only the similarity is known."""
    probability = calibration.probability_unverified(candidate.similarity)
    return Hit(candidate.path, candidate.similarity, None, probability, None, None)


def _verified_hit(
    calibration: Calibration, candidate: Candidate, view: int, match: Match, inlier_points: FloatArray
) -> Hit:
    inliers, correspondences = match.inlier_count, len(match)
    return Hit(
        candidate.path,
        candidate.similarity,
        inliers,
        calibration.probability(candidate.similarity, inliers, correspondences),
        match.transform,
        correspondences,
        view,
        calibration.proves(inliers),
        inlier_points,
    )

"""Search: candidates by the global descriptor and by votes of local features, proved by geometry, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glocal.collection.candidates import Candidate
from glocal.collection.hits import Hit, RankBy, Ranking
from glocal.collection.local_index import Votes
from glocal.collection.merging import merged
from glocal.collection.reading import Reading
from glocal.collection.similarity_trust import proof_weights, trusted
from glocal.collection.speaking_ways import FIRST, speaking_ways
from glocal.collection.stored_photos import Allowed
from glocal.features import LaidView, View
from glocal.matching import BACKGROUND_RANKS, Calibration, background_among_few, background_of

Evidence = Literal["both", "descriptor", "votes"]
"""What candidates are found by: the global descriptor, the votes of local features, or both."""


@dataclass(frozen=True)
class SearchOptions:
    """How to search.

    Attributes:
        top: most hits returned.
        rerank: candidates that are verified by local features; 0: the ranking by global descriptor alone.
        ranking: see `Ranking.by`.
        compared: hits, the first ones, whose pixels are compared with the query's, as are those of proved hits after
            these; 0: none.
        min_probability: hits below are left out; where pixels are compared, by what they are found to be then.
        searched_for_keypoints: hits not proved otherwise, the most probable, that are matched by keypoints of their
            pixels; none if no pixels are compared.

    Raises:
        ValueError: a number is out of range, or the ranking is unknown.
    """

    top: int = 10
    rerank: int = 100
    ranking: RankBy = "probability"
    min_probability: float = 0.0
    compared: int = 20
    searched_for_keypoints: int = 5

    def __post_init__(self) -> None:
        if self.top < 1 or min(self.rerank, self.compared, self.searched_for_keypoints) < 0:
            numbers = f"{self.top}, {self.rerank}, {self.compared} and {self.searched_for_keypoints}"
            raise ValueError(
                f"top must be at least 1, rerank, compared and searched_for_keypoints at least 0, not {numbers}"
            )
        if not 0 <= self.min_probability <= 1:
            raise ValueError(f"min_probability must lie in [0, 1], not {self.min_probability}")
        if self.ranking not in ("probability", "paper"):
            raise ValueError(f"ranking must be 'probability' or 'paper', not {self.ranking!r}")

    @property
    def candidates(self) -> int:
        """How many candidates such a search needs."""
        return max(self.top, self.rerank)


def find_candidates(
    reading: Reading,
    views: Sequence[View],
    count: int,
    allowed: Allowed | None = None,
    by: Evidence = "both",
) -> list[Candidate]:
    """Return the photos most likely to show the same thing as any of the views, best first.

    Args:
        reading: the photos.
        views: one or several views of one thing.
        count: most candidates returned.
        allowed: no others are found; None: all may be.
        by: what they are found by; of "both", each finds every other one.
    """
    ids = None if allowed is None else reading.select(allowed)
    laid = [way for view in views for way in view.laid]
    similarities = _most_similar(reading, laid, max(count, BACKGROUND_RANKS), ids)
    background = background_of(list(similarities.values()))
    nearest = [] if by == "votes" else list(similarities)[:count]
    votes = None if by == "descriptor" else reading.votes([way.local for way in laid], count, nearest, ids)
    if votes is None:
        records = reading.photos_with_ids(nearest)  # without damaged ones
        found = [Candidate(photo, records[photo].path, similarities[photo]) for photo in nearest if photo in records]
    else:
        found = _told_apart(reading, merged(nearest, votes.best(count).tolist(), count), laid, votes)
    return [replace(candidate, background=background) for candidate in found]


def _most_similar(
    reading: Reading, laid: Sequence[LaidView], count: int, allowed: NDArray[np.int64] | None
) -> dict[int, float]:
    """Return the photos most like the query in any of its ways, most similar first, with their similarity."""
    similarities: dict[int, float] = {}
    different = {way.descriptor.tobytes(): way for way in laid}.values()  # other scales have the same descriptor
    descriptors = np.stack([way.descriptor for way in different])
    for way, found in zip(different, reading.nearest(descriptors, count, allowed), strict=True):
        for photo, similarity in found:
            similarities[photo] = max(min(similarity, 1.0) - way.penalty, similarities.get(photo, -np.inf))
    # A photo missing from one query's list is less like it than all photos on that list. So every photo that
    # belongs to the first `count` is here, and with its greatest similarity.
    order = sorted(similarities, key=lambda photo: (-similarities[photo], photo))[:count]
    return {photo: similarities[photo] for photo in order}


def _told_apart(reading: Reading, order: Sequence[int], laid: Sequence[LaidView], votes: Votes) -> list[Candidate]:
    """Return photos as candidates, each with the ways of the query that speak most for it.

    Args:
        reading: the photos they are of.
        order: the photos.
        laid: all ways of all views.
        votes: of all ways.
    """
    if not order:
        return []
    records = reading.photos_with_ids(order)
    ids, products = reading.similarities(order, np.stack([way.descriptor for way in laid]))
    similarities = np.clip(products, -1.0, 1.0) - np.array([way.penalty for way in laid])
    speaking = speaking_ways(votes, ids, similarities, laid, order[:FIRST])
    found = {
        photo: Candidate(photo, records[photo].path, float(alike.max()), frozenset(np.flatnonzero(ways).tolist()))
        for photo, alike, ways in zip(ids.tolist(), similarities, speaking, strict=True)
        if photo in records
    }
    return [found[photo] for photo in order if photo in found]  # the others are damaged


def verify_candidates(
    reading: Reading, calibration: Calibration | None, views: Sequence[View], candidates: Sequence[Candidate]
) -> list[Hit]:
    """Match every candidate with the query, laid down in the ways that speak for it, and keep what proves it best.

    Args:
        reading: the photos the candidates are of.
        calibration: of the model that made the features, or None.
        views: one or several views of one thing.
        candidates: photos that were removed since they were found are left out.

    Returns:
        One hit per candidate, in their order. Their probabilities take similarity for what it tells in this search: see
        `trusted`, and among few photos `background_among_few`.
    """
    matched = reading.matched(views, candidates)
    similarities = np.array([candidate.similarity for candidate in matched.candidates])
    if calibration is not None:
        calibration = _told_by_few(calibration, similarities, matched.support)
        similarities = trusted(similarities, proof_weights(matched.support, calibration.chance_support))
    return matched.hits(similarities.tolist(), calibration)


def _told_by_few(
    calibration: Calibration, similarities: NDArray[np.float64], support: NDArray[np.float64]
) -> Calibration:
    """Return a calibration for candidates without a background: no less than theirs is usual, for all may be alike.

    Args:
        calibration: of the model that made the features.
        similarities, support: [n], of the candidates.
    """
    usual = calibration.usual_background
    if usual is None:
        return calibration
    known = background_among_few(similarities, support > calibration.chance_support, usual)
    return replace(calibration, usual_background=known)


def rank_candidates(
    reading: Reading,
    calibration: Calibration | None,
    views: Sequence[View],
    candidates: Sequence[Candidate],
    options: SearchOptions,
) -> Ranking:
    """Verify the first candidates and rank all of them: see `verify_candidates`."""
    hits = verify_candidates(reading, calibration, views, candidates[: options.rerank])
    hits += [unverified_hit(calibration, candidate) for candidate in candidates[options.rerank :]]
    ranking = Ranking.of(hits, options.ranking if calibration else "paper")
    return (ranking if options.compared else at_least(ranking, options.min_probability))[: options.top]


def at_least(ranking: Ranking, probability: float) -> Ranking:
    """Return a ranking without the hits that are less probable; one that is not known counts as 0."""
    return replace(ranking, hits=tuple(hit for hit in ranking if (hit.probability or 0.0) >= probability))


def unverified_hit(calibration: Calibration | None, candidate: Candidate) -> Hit:
    """Return a candidate as a hit of which only the similarity is known."""
    probability = None
    if calibration is not None:
        probability = calibration.probability_unverified(candidate.similarity, candidate.background)
    return Hit(candidate.photo, candidate.path, candidate.similarity, None, probability, None, None)

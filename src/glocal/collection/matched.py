"""Candidates matched with a query by their local features, and the hits this makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glocal.collection.candidates import Candidate
from glocal.collection.hits import Hit, Place
from glocal.features import CompactFeatures, LaidView, View
from glocal.matching import Calibration, Match, further_places, match_many
from glocal.pair import Pair


class Matched(Protocol):
    """Candidates that were matched with a query, wherever their features are."""

    @property
    def candidates(self) -> Sequence[Candidate]:
        """Those whose features were there, n of them, in the order given."""

    @property
    def support(self) -> NDArray[np.float64]:
        """Of each [n], the greatest over all ways of the query: see `Match.support`."""

    def hits(self, similarities: Sequence[float], calibration: Calibration | None) -> list[Hit]:
        """Return one hit per candidate, proved by what proves it best.

        Args:
            similarities: n, what each similarity is taken for in this search: see `trusted`.
            calibration: of the model that made the features, or None.
        """


@dataclass(frozen=True, eq=False)
class MatchedHere:
    """Candidates matched with a query in this process.

    Attributes:
        views: one or several views of one thing.
        candidates: n of them.
        features: of each candidate's photo.
        matches: of each, what was matched with it: the number of the view, how it was laid down, the match.
    """

    views: Sequence[View]
    candidates: Sequence[Candidate]
    features: Sequence[CompactFeatures]
    matches: Sequence[Sequence[tuple[int, LaidView, Match]]]

    @classmethod
    def of(
        cls, views: Sequence[View], candidates: Sequence[Candidate], features: Sequence[CompactFeatures]
    ) -> MatchedHere:
        """Match every candidate with the query, laid down in the ways that speak for it."""
        found: list[list[tuple[int, LaidView, Match]]] = [[] for _ in candidates]
        number = 0
        for view_number, view in enumerate(views):
            for way in view.laid:
                rows = [row for row, one in enumerate(candidates) if not one.ways or number in one.ways]
                for row, match in zip(rows, match_many(way.local, [features[row] for row in rows]), strict=True):
                    found[row].append((view_number, way, match))
                number += 1
        return cls(views, candidates, features, found)

    @property
    def support(self) -> NDArray[np.float64]:
        """Of each candidate [n], the greatest over all ways of the query."""
        return np.array([max((match.support for _, _, match in tried), default=0.0) for tried in self.matches])

    def hits(self, similarities: Sequence[float], calibration: Calibration | None) -> list[Hit]:
        """Return one hit per candidate: see `Matched.hits`."""
        rows = zip(self.candidates, self.features, self.matches, similarities, strict=True)
        return [self._hit(*row, calibration) for row in rows]

    def _hit(
        self,
        candidate: Candidate,
        photo: CompactFeatures,
        tried: Sequence[tuple[int, LaidView, Match]],
        similarity: float,
        calibration: Calibration | None,
    ) -> Hit:
        """Return the hit that the best of the matches makes of a candidate."""
        background = candidate.background
        pairs = [
            (view, Pair(way.local, photo, match, similarity, calibration, way.orientation, None, background))
            for view, way, match in tried
        ]
        best, pair = max(pairs, key=lambda one: (one[1].probability or 0.0, one[1].inliers, -one[0]))
        return _hit(candidate, best, pair, self.views[best].image_size)


def _hit(candidate: Candidate, view: int, found: Pair, size: tuple[int, int]) -> Hit:
    """Return a hit in pixels of the upright view, which has this (width, height)."""
    pair = found.uprighted(size)
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
        orientation=pair.orientation,
        support=pair.match.support,
        further=_further(found, size),
    )


def _further(found: Pair, size: tuple[int, int]) -> tuple[Place, ...]:
    """Return the other places of a pair that is proved."""
    if found.calibration is None or not found.proved:
        return ()
    matches = further_places(found.query, found.photo, found.match, found.calibration.exceeds_chance)
    pairs = (replace(found, match=match).uprighted(size) for match in matches)
    return tuple(Place(pair.transform, pair.inlier_points()) for pair in pairs if pair.transform is not None)

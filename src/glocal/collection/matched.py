"""Candidates matched with a query by their local features, and the hits this makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glocal.collection.candidates import Candidate
from glocal.collection.hits import Hit, Place
from glocal.features import CompactFeatures, LaidView, View
from glocal.matching import Calibration, Match, further_places, match_many
from glocal.orientation import UPRIGHT


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
        probabilities = self._probabilities(similarities, calibration)
        rows = zip(self.candidates, self.features, self.matches, probabilities, strict=True)
        return [self._hit(*row, calibration) for row in rows]

    def _probabilities(
        self, similarities: Sequence[float], calibration: Calibration | None
    ) -> Sequence[Sequence[float | None]]:
        """Return, of each candidate, the probability of each of its matches."""
        if calibration is None or not self.matches:
            return [[None] * len(tried) for tried in self.matches]
        tried = [len(matches) for matches in self.matches]
        known = [np.nan if one.background is None else one.background for one in self.candidates]
        support = np.array([match.support for matches in self.matches for _, _, match in matches])
        correspondences = np.array([len(match) for matches in self.matches for _, _, match in matches])
        of_all = calibration.probabilities(
            np.repeat(similarities, tried), support, correspondences, np.repeat(known, tried)
        )
        return [part.tolist() for part in np.split(of_all, np.cumsum(tried)[:-1])]

    def _hit(
        self,
        candidate: Candidate,
        photo: CompactFeatures,
        tried: Sequence[tuple[int, LaidView, Match]],
        probabilities: Sequence[float | None],
        calibration: Calibration | None,
    ) -> Hit:
        """Return the hit that the best of the matches makes of a candidate, in pixels of the upright view."""
        ranked = zip(tried, probabilities, strict=True)
        (view, way, match), probability = max(
            ranked, key=lambda one: (one[1] or 0.0, one[0][2].inlier_count, -one[0][0])
        )
        size = self.views[view].image_size
        proved = calibration is not None and calibration.proves(match.support, probability)
        further = further_places(way.local, photo, match, calibration.exceeds_chance) if calibration and proved else ()
        first = _place(way, photo, match, size)
        places = (_place(way, photo, other, size) for other in further)
        return Hit(
            photo=candidate.photo,
            path=candidate.path,
            similarity=candidate.similarity,
            inliers=match.inlier_count,
            probability=probability,
            transform=None if first is None else first.transform,
            correspondences=len(match),
            view=view,
            proved=proved,
            inlier_points=match.inlier_points(way.local, photo) if first is None else first.inlier_points,
            photo_size=photo.image_size,
            orientation=way.orientation,
            support=match.support,
            further=tuple(place for place in places if place is not None),
        )


def _place(way: LaidView, photo: CompactFeatures, match: Match, size: tuple[int, int]) -> Place | None:
    """Return where a match lays the upright view, which has this (width, height); None: nowhere."""
    if match.transform is None:
        return None
    points = match.inlier_points(way.local, photo)
    if way.orientation == UPRIGHT:
        return Place(match.transform, points)
    to_laid = way.orientation.transform(*size)
    to_upright = np.linalg.inv(to_laid)
    upright = points[:, :2] @ to_upright[:2, :2].T + to_upright[:2, 2]
    return Place(match.transform @ to_laid, np.hstack([upright.astype(np.float32), points[:, 2:]]))

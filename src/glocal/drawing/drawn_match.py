"""Where two photos agree: what an overlay shows of a hit, of a pair, or of a match."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.agreement import AgreeingArea
from glocal.arrays import FloatArray
from glocal.collection import Hit
from glocal.features import LocalGeometry
from glocal.matching import Match


@dataclass(frozen=True, eq=False)
class DrawnMatch:
    """Where two photos agree, in pixels of the upright photos.

    Attributes:
        query_size, photo_size: (width, height) of each.
        transform: [3, 3], pixels of the query to pixels of the photo; None if nothing was verified.
        inliers: [I, 4] float32, x, y of the query and x, y of the photo; those of all places.
        area: where the pixels of both agree; None if they were not compared.
        further: transforms of other places of the photo that show the thing as well.
    """

    query_size: tuple[int, int]
    photo_size: tuple[int, int]
    transform: NDArray[np.float64] | None
    inliers: FloatArray
    area: AgreeingArea | None = None
    further: tuple[NDArray[np.float64], ...] = ()

    @classmethod
    def of_match(
        cls, match: Match, query: LocalGeometry, photo: LocalGeometry, area: AgreeingArea | None = None
    ) -> DrawnMatch:
        """Return what a match of two photos' features says, and their pixels if they were compared."""
        return cls(query.image_size, photo.image_size, match.transform, match.inlier_points(query, photo), area)

    @classmethod
    def of_hit(cls, hit: Hit, query_size: tuple[int, int]) -> DrawnMatch | None:
        """Return what a hit says; None if its photo was not verified.

        Args:
            hit: of a search.
            query_size: (width, height) of the query, or of the hit's view of it.
        """
        if hit.photo_size is None:
            return None
        inliers = np.vstack([hit.inlier_points, *(place.inlier_points for place in hit.further)])
        further = tuple(place.transform for place in hit.further)
        return cls(query_size, hit.photo_size, hit.transform, inliers, hit.agreement, further)

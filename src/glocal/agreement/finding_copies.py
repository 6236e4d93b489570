"""Whether a photo shows the very picture that the query is, or its region, by the pixels of both."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from glocal.agreement.area import SIDE, AgreeingArea, agreeing_area
from glocal.agreement.canvas import canvas_over, sample
from glocal.agreement.compared_cells import compared_cells
from glocal.agreement.picture import Picture, Transform, scaling
from glocal.agreement.refining import laid_by_cells
from glocal.agreement.same_picture import MIN_CORRELATION, weakest_correlation
from glocal.features import Region
from glocal.matching import lie_in_place

LEAST_SIMILARITY_OF_COPIES = 0.95
"""Of pictures that are compared as copies though features do not lay one on the other: copies that were saved anew or
made smaller have more."""

_COPY_SHARE = 0.6
"""Least share that agrees of what is looked at as a copy: long edges agree anywhere along themselves."""

_SHARE_LAID_ANEW = 0.25
"""The same of a part of a photo that is laid anew by what agrees: a dozen features lay it some percent off."""

_LEAST_SIDE = 24
"""Shorter side in pixels of the smallest part that is looked at."""

_LEAST_CROSSING = 0.1
"""Least strength of the edges across the strongest direction of edges, in parts of that: what shows a single edge lies
as well anywhere along it. Such edges with noise, saved as JPEG, have at most 0.08; of 400 crops to a tenth of photos of
all kinds 96 in 100 have more."""

_GLANCE_SIDE, _GLANCE_CORRELATION = 32, 0.9
"""A region is compared with what lies in its place if so small a picture of both correlates so well."""


@dataclass(frozen=True, eq=False)
class Laid:
    """How a photo lies on the query.

    Attributes:
        transform: [3, 3], pixels of the query to pixels of the photo.
        area: where they agree so.
    """

    transform: Transform
    area: AgreeingArea

    @classmethod
    def known(cls, transform: Transform | None, area: AgreeingArea | None) -> Laid | None:
        """Return how it lies, if that and where it agrees is known."""
        return None if transform is None or area is None else cls(transform, area)


def find_copy(
    query: Picture, photo: Picture, region: Region | None, similarity: float, by_features: Laid | None
) -> Laid | None:
    """Return how a photo lies on the query, if it shows the same picture: all of the query, or of its region.

    A part of a photo has too few features for a proof where it is small; its pixels are the same all the same.

    Args:
        query, photo: the photos.
        region: the part of the query that matters.
        similarity: of their global descriptors: photos that are not alike are not laid corner on corner.
        by_features: how features lay the photo on the query; None: they do not.

    Returns:
        `by_features`, or how its pixels or the corners lay it, with an area that is a copy's; None: no copy.
    """
    part, to_query = (query, np.eye(3)) if region is None else query.part(region)
    if min(part.grey.shape) < _LEAST_SIDE:
        return None
    if by_features is not None:
        laid, share = by_features.transform @ to_query, by_features.area.thing_share or 0.0
        if _is_copy(part, photo, laid, share):
            return replace(by_features, area=replace(by_features.area, is_copy=True))
        anew = _laid_anew(part, photo, laid) if share >= _SHARE_LAID_ANEW else None
        if anew is not None:
            return _as_copy(query, photo, region, anew @ np.linalg.inv(to_query))
    corners = scaling(photo.size[0] / query.size[0], photo.size[1] / query.size[1])
    alike = similarity >= LEAST_SIMILARITY_OF_COPIES if region is None else _glance(part, photo, corners @ to_query)
    return _as_copy(query, photo, region, corners) if alike and _agrees(part, photo, corners @ to_query) else None


def _as_copy(query: Picture, photo: Picture, region: Region | None, transform: Transform) -> Laid:
    return Laid(transform, replace(agreeing_area(query, photo, transform, region), is_copy=True))


def _is_copy(part: Picture, photo: Picture, transform: Transform, share: float) -> bool:
    """Say whether a photo that features lay on a picture, of which so much agrees, is that picture or has it in it."""
    if lie_in_place(transform, part.size, photo.size):
        return _agrees(part, photo, transform)
    return share >= _COPY_SHARE and _is_part(part, photo, transform)


def _agrees(part: Picture, photo: Picture, transform: Transform) -> bool:
    """Say whether a photo that lies in place is the picture, by their pixels."""
    found = compared_cells(part, photo, transform, None, SIDE)
    share = None if found is None else found.share(found.alike)
    return share is not None and share >= _COPY_SHARE and weakest_correlation(part, photo, transform) >= MIN_CORRELATION


def _is_part(part: Picture, photo: Picture, transform: Transform) -> bool:
    """Say whether one of two pictures is a part of the other, by their pixels."""
    return weakest_correlation(part, photo, transform) >= MIN_CORRELATION and _has_crossing_edges(part)


def _laid_anew(part: Picture, photo: Picture, transform: Transform) -> Transform | None:
    """Return the transform by what agrees, twice, if one of the pictures is a part of the other then."""
    anew: Transform | None = transform
    for _ in range(2):
        found = None if anew is None else compared_cells(part, photo, anew, None, SIDE)
        anew = None if found is None else laid_by_cells(found, part, photo)
    return anew if anew is not None and _is_part(part, photo, anew) else None


def _has_crossing_edges(picture: Picture) -> bool:
    """Say whether a picture has edges of several directions, by its structure tensor (Förstner and Gülch 1987)."""
    x, y = (cv2.Sobel(picture.grey, cv2.CV_32F, *axis).ravel() for axis in ((1, 0), (0, 1)))
    weaker, stronger = np.linalg.eigvalsh([[x @ x, x @ y], [x @ y, y @ y]])
    return bool(weaker > _LEAST_CROSSING * stronger)


def _glance(part: Picture, photo: Picture, transform: Transform) -> bool:
    """Say whether a region and what lies in its place look alike at first sight."""
    canvas = canvas_over(part, photo, transform, _GLANCE_SIDE)
    if canvas is None:
        return False
    on_part, _ = sample(part.grey, canvas.to_a, canvas.size)
    on_photo, _ = sample(photo.grey, canvas.to_b, canvas.size)
    return float(cv2.matchTemplate(on_part, on_photo, cv2.TM_CCOEFF_NORMED)[0, 0]) >= _GLANCE_CORRELATION

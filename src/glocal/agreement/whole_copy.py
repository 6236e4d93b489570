"""Whether a photo is the query itself, all of it, by the pixels of both."""

from __future__ import annotations

from dataclasses import replace

from glocal.agreement.area import SIDE, AgreeingArea, agreeing_area
from glocal.agreement.compared_cells import compared_cells
from glocal.agreement.picture import Picture, Transform, scaling
from glocal.agreement.same_picture import MIN_CORRELATION, weakest_correlation
from glocal.features import Region
from glocal.matching import lie_in_place

LEAST_SIMILARITY_OF_COPIES = 0.95
"""Of pictures that are compared as copies though features do not lay one on the other: copies that were saved anew or
made smaller have more."""

_COPY_SHARE = 0.6
"""Least share that agrees of what is looked at as a copy: long edges agree anywhere along themselves."""


def whole_copy(
    query: Picture, photo: Picture, region: Region | None, similarity: float, by_features: Transform | None
) -> tuple[Transform, AgreeingArea] | None:
    """Return how a photo lies on the query, if it is the same picture, all of it.

    Args:
        query, photo: the photos.
        region: the part of the query that matters: then nothing is a copy of all of it.
        similarity: of their global descriptors: photos that are not alike are not laid corner on corner.
        by_features: how features lay the photo on the query, pixels of the query to pixels of the photo: believed if it
            lies there in place (see `glocal.matching.lie_in_place`); None: they do not.

    Returns:
        The transform of agreement, `by_features` or that of the corners, and where they agree; None: no copy.
    """
    if region is not None:
        return None
    ways = []
    if by_features is not None and lie_in_place(by_features, query.size, photo.size):
        ways.append(by_features)
    if similarity >= LEAST_SIMILARITY_OF_COPIES:
        ways.append(scaling(photo.size[0] / query.size[0], photo.size[1] / query.size[1]))
    for transform in ways:
        if _is_copy(query, photo, transform):
            return transform, replace(agreeing_area(query, photo, transform), is_copy=True)
    return None


def _is_copy(query: Picture, photo: Picture, transform: Transform) -> bool:
    """Say whether a photo that lies in place is the query, by their pixels."""
    found = compared_cells(query, photo, transform, None, SIDE)
    share = None if found is None else found.share(found.alike)
    return (
        share is not None and share >= _COPY_SHARE and weakest_correlation(query, photo, transform) >= MIN_CORRELATION
    )

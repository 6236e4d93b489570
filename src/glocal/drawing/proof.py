"""A hit together with the pictures that show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.collection.hits import Hit
from glocal.drawing.overlay import draw_match
from glocal.features import CompactFeatures, Region
from glocal.images import read_photo
from glocal.matching import match_features


@dataclass(frozen=True, eq=False)
class Proof:
    """A hit to be shown.

    Attributes:
        hit: the hit.
        photo: [H, W, 3] RGB, its photo, at most some 800 pixels wide.
        overlay: [h, w, 3] RGB, query beside photo with what agrees; None if nothing was verified.
    """

    hit: Hit
    photo: NDArray[np.uint8]
    overlay: NDArray[np.uint8] | None


def prove(
    query: NDArray[np.uint8],
    query_features: CompactFeatures,
    hit: Hit,
    features: CompactFeatures | None,
    *,
    region: Region | None = None,
    width: int = 1200,
) -> Proof:
    """Read a hit's photo and draw why it was found.

    Args:
        query: [H, W, 3] RGB, the whole query.
        query_features: of the query, or of its region.
        hit: a hit of the search.
        features: of the hit's photo, as its collection stores them; None: draw no overlay.
        region: of the query, if only a part was searched.
        width: greatest width of the overlay in pixels.

    Raises:
        PhotoError: the photo of the hit can no longer be read.
    """
    photo = read_photo(hit.path, fit=width // 2)
    if features is None or hit.transform is None:
        return Proof(hit, photo, None)
    match = match_features(query_features, features)
    overlay = draw_match(query, photo, query_features, features, match, region=region, width=width)
    return Proof(hit, photo, overlay)


def facts(hit: Hit) -> str:
    """Return what is known of a hit in a few words."""
    if hit.inliers is None:
        return f"similarity {hit.similarity:.2f}, not verified"
    proof = "proved" if hit.proved else "not proved"
    return f"{hit.inliers} of {hit.correspondences} inliers · {proof} · {percent(hit.probability)}"


def percent(probability: float) -> str:
    """Return a probability as a percentage that never claims to be 0 or 100."""
    if probability < 0.01:
        return "< 1 %"
    return "> 99 %" if probability > 0.99 else f"{100 * probability:.0f} %"

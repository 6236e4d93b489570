"""A hit together with the pictures that show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.collection import Hit
from glocal.drawing.drawn_match import DrawnMatch
from glocal.drawing.overlay import draw_match
from glocal.drawing.text import file_name
from glocal.features import Region
from glocal.images import read_photo


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
    query_size: tuple[int, int],
    hit: Hit,
    *,
    region: Region | None = None,
    width: int = 1200,
) -> Proof:
    """Read a hit's photo and draw why it was found.

    Args:
        query: [H, W, 3] RGB, the whole query; any size of it.
        query_size: (width, height) of the upright query in pixels.
        hit: a hit of the search.
        region: of the query, if only a part was searched.
        width: greatest width of the overlay in pixels.

    Raises:
        PhotoError: the photo of the hit can no longer be read.
    """
    photo = read_photo(hit.path, fit=width // 2)
    found = DrawnMatch.of_hit(hit, query_size)
    if found is None or found.transform is None:
        return Proof(hit, photo, None)
    return Proof(hit, photo, draw_match(query, photo, found, region=region, width=width))


def evidence(hit: Hit) -> str:
    """Return what speaks for a hit that was verified, in a few words."""
    if hit.witness is not None:
        return f"through {file_name(hit.witness.path)}, {hit.inliers} points in all three"
    if not hit.inliers and hit.agreement is not None and hit.agreement.is_copy:
        return "the same picture, by its pixels"
    return f"{hit.inliers} of {hit.correspondences} {'keypoints agree' if hit.by_keypoints else 'inliers'}"


def facts(hit: Hit) -> str:
    """Return what is known of a hit in a few words."""
    if hit.inliers is None:
        return f"similarity {hit.similarity:.2f}, not verified"
    found = evidence(hit)
    return found if hit.probability is None else f"{found} · {hit.verdict} · {percent(hit.probability)}"


def percent(probability: float | None) -> str:
    """Return a probability as a percentage that never claims to be 0 or 100; "unknown" without a calibration."""
    if probability is None:
        return "unknown"
    if probability < 0.01:
        return "< 1 %"
    return "> 99 %" if probability > 0.99 else f"{100 * probability:.0f} %"

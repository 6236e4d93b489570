"""What photos that only resemble a query reach: the background that a similarity is measured against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

BACKGROUND_RANKS = 100
"""The second half of so many ranks is the background: near enough to resemble the query, far enough to be others."""


def background_of(similarities: Sequence[float]) -> float | None:
    """Return the background of a search: the mean similarity of the photos at ranks 51 to 100 of those searched.

    Args:
        similarities: of the query's nearest photos by global descriptor, those of all ranks up to 100, in any order.

    Returns:
        It, in [-1, 1]; None with fewer than 100: too few photos to say.
    """
    if len(similarities) < BACKGROUND_RANKS:
        return None
    return float(np.sort(np.asarray(similarities, np.float64))[::-1][BACKGROUND_RANKS // 2 : BACKGROUND_RANKS].mean())

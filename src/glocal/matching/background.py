"""What photos that only resemble a query reach: the background that a similarity is measured against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BACKGROUND_RANKS = 100
"""The second half of so many ranks is the background: near enough to resemble the query, far enough to be others."""

_FEWEST = 20
"""Photos without proof that say something of the background of a search among fewer than that."""


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


def background_among_few(similarities: NDArray[np.float64], proved: NDArray[np.bool_], usual: float) -> float:
    """Return what stands for the background of a search among fewer photos: more than is usual if all are alike.

    A folder may hold photos of one thing alone. So only the least similar quarter of those not proved speaks, and the
    less, the fewer photos there are.

    Args:
        similarities: [n], of the photos that were verified.
        proved: [n], which of them have more support than chance gives.
        usual: see `Calibration.usual_background`.

    Returns:
        `usual`, and of what that quarter has more as many hundredths as there are photos. `usual` with fewer than 20
        that are not proved.
    """
    others = np.sort(similarities[~proved])
    if len(others) < _FEWEST:
        return usual
    more = float(others[: len(others) // 4].mean()) - usual
    return usual + max(more, 0.0) * min(len(similarities) / BACKGROUND_RANKS, 1.0)

"""Two photos of one thing laid over each other, to be blinked or blended."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def align(
    query: NDArray[np.uint8], transform: NDArray[np.float64], size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Warp the query into the frame of a photo.

    Args:
        query: [H, W, 3] RGB at the size its features refer to.
        transform: [3, 3], pixels of the query to pixels of the photo.
        size: (width, height) of the photo.

    Returns:
        The warped query [height, width, 3] and where it covers the frame [height, width]; black elsewhere.
    """
    picture = cv2.warpPerspective(query, transform, size, flags=cv2.INTER_LINEAR)
    covered = np.full(query.shape[:2], 255, np.uint8)
    mask = cv2.warpPerspective(covered, transform, size, flags=cv2.INTER_NEAREST)
    return np.asarray(picture, np.uint8), np.asarray(mask > 0)

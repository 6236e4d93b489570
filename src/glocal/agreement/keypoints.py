"""Keypoints of a small picture: its corners and prints, where the few features of a network see a thing as a whole."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.agreement.picture import Picture, mapped
from glocal.arrays import ByteArray
from glocal.features import CompactFeatures

MOST = 1500
"""Keypoints of a picture, those of the strongest response."""

_LEAST_CONTRAST = 0.01
"""Of a keypoint, as `cv2.SIFT` has it, where 0.04 is usual: photos by night have few otherwise."""

_LEAST_SIZE = 5.0
"""Diameter in pixels of the picture: a smaller keypoint counts as this large, as photos of a thing in the round do not
map exactly."""

_DIMENSIONS = 128

_TRUSTED_WITHIN = 8.0
"""Verification trusts the place of a feature within so many pixels of its scale (`verification.TOLERANCE`): that of a
keypoint within its diameter."""


def keypoints_of(picture: Picture) -> CompactFeatures:
    """Find the keypoints of a picture.

    SIFT (Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 2004), one a place, described by the
    roots of its histograms, whose inner product is Hellinger's kernel (Arandjelović and Zisserman, "Three things
    everyone should know to improve object retrieval", CVPR 2012, section 3).

    Returns:
        At most `MOST`, of kind "float16" with 128 dimensions and rows of length 1, in pixels of the upright photo.
        Attention is the strength of the response.
    """
    grey = np.clip(picture.grey, 0, 255).astype(np.uint8)
    found, histograms = cv2.SIFT.create(MOST, contrastThreshold=_LEAST_CONTRAST).detectAndCompute(grey, None)
    first: dict[tuple[float, ...], int] = {}
    for i in sorted(range(len(found)), key=lambda i: (-found[i].response, found[i].pt)):
        first.setdefault(tuple(found[i].pt), i)  # a place with several directions counts once
    rows = list(first.values())
    places = np.array([found[i].pt for i in rows], np.float32).reshape(-1, 2)
    diameters = np.array([max(found[i].size, _LEAST_SIZE) for i in rows], np.float32)
    to_photo = np.linalg.inv(picture.to_pixels)
    return CompactFeatures(
        picture.size,
        mapped(places, to_photo).astype(np.float32),
        (diameters * to_photo[0, 0] / _TRUSTED_WITHIN).astype(np.float32),
        np.array([found[i].response for i in rows], np.float32),
        _rooted(histograms, rows),
        "float16",
    )


def _rooted(histograms: NDArray[Any] | None, rows: list[int]) -> ByteArray:
    """Return the roots of histograms as shares of their sums, [N, 256] bytes of float16."""
    if histograms is None:
        return np.empty((0, 2 * _DIMENSIONS), np.uint8)
    kept = histograms[rows]
    shares = kept / np.maximum(kept.sum(axis=1, keepdims=True), 1.0)
    return np.ascontiguousarray(np.sqrt(shares).astype("<f2")).view(np.uint8)

"""Features of one photo as other codes keep them: floats, wherever they come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glocal.arrays import FloatArray
from glocal.extraction import LocalMap
from glocal.features import Features


@dataclass(frozen=True, eq=False)
class PhotoFeatures:
    """Features of one photo.

    Attributes:
        image_size: (width, height) of the photo in pixels, or None where the file does not say.
        keypoints: [N, 2] float32, (x, y) in pixels of the photo.
        scales: [N] float32, pixels of the photo per pixel of what the network saw.
        scores: [N] float32.
        descriptors: [N, C] float32.
        global_descriptor: [D] float32, or None.

    Raises:
        ValueError: rows differ in number, or a value is not finite.
    """

    image_size: tuple[int, int] | None
    keypoints: FloatArray
    scales: FloatArray
    scores: FloatArray
    descriptors: FloatArray
    global_descriptor: FloatArray | None

    def __post_init__(self) -> None:
        rows = len(self.scores)
        if self.keypoints.shape != (rows, 2) or self.scales.shape != (rows,) or len(self.descriptors) != rows:
            raise ValueError("positions, scales, scores and descriptors differ in number")
        for values in (self.keypoints, self.scales, self.scores, self.descriptors, self.global_descriptor):
            if values is not None and not np.isfinite(values).all():
                raise ValueError("holds numbers that are not finite")


def photo_features(features: Features, local: LocalMap | None) -> PhotoFeatures:
    """Return extracted features as other codes keep them.

    The originals' positions have cell 0 at pixel 0 of what the network saw, and their scales do not count the stride.
    Binary local descriptors are -1 and 1, divided by the root of their number.

    Args:
        features: of a photo.
        local: the model's grid of local features; None: it has none, or positions and descriptors are to stay ours.
    """
    if local is None:
        return PhotoFeatures(
            features.image_size,
            features.keypoints,
            features.scales,
            features.attention,
            features.descriptors,
            features.global_descriptor,
        )
    scales = features.scales * np.float32(16 / local.stride)
    descriptors = features.descriptors
    if features.kind == "binary":
        descriptors = np.where(descriptors > 0, 1, -1).astype(np.float32) / np.float32(descriptors.shape[1] ** 0.5)
    return PhotoFeatures(
        features.image_size,
        features.keypoints + np.float32(0.5) - np.float32(local.offset + 0.5) * scales[:, None],
        scales,
        features.attention,
        descriptors,
        features.global_descriptor,
    )

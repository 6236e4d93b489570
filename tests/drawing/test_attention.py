"""The heat map against a sum of bells, one after the other."""

from __future__ import annotations

import numpy as np
import pytest

from glocal.drawing.attention import heat_map
from glocal.features import CompactFeatures


@pytest.mark.parametrize("count", [0, 1, 40])
def test_heat_is_the_sum_of_bells(count: int) -> None:
    rng = np.random.default_rng(count)
    features = CompactFeatures(
        image_size=(320, 200),
        keypoints=rng.uniform(0, [320, 200], (count, 2)).astype(np.float32),
        scales=rng.uniform(0.5, 4, count).astype(np.float32),
        attention=np.sort(rng.uniform(1, 9, count).astype(np.float32))[::-1],
        codes=rng.integers(0, 256, (count, 16), dtype=np.uint8),
    )
    width, height = 80, 50
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    expected = np.zeros((height, width))
    for (left, top), scale, attention in zip(features.keypoints / 4, features.scales, features.attention, strict=True):
        sigma = 8 * scale / 4  # half a cell of 16 pixels at its scale, on a map of a quarter's size
        expected += attention / scale * np.exp(-((x - left) ** 2 + (y - top) ** 2) / (2 * sigma**2))
    high = np.percentile(expected, 99)
    expected = np.minimum(expected / high, 1) ** 0.8 if count else expected
    np.testing.assert_allclose(heat_map(features, (width, height)), expected, atol=1e-5)

"""Selection against a slow literal one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.extraction.card import LocalMap
from glocal.extraction.onnx_network import Maps
from glocal.extraction.pyramid import Level
from glocal.extraction.selection import fuse, level_features, strongest
from glocal.extraction.worth import worth_keeping

GRID = LocalMap(stride=16, offset=2.5, receptive_field=99, dimensions=4, attention_threshold=0.3)


def random_level(rng, step):
    rows, columns = rng.integers(2, 9, 2)
    attention = rng.choice(np.linspace(0, 1, 8), (rows, columns)).astype(np.float32)  # ties are common
    maps = Maps(np.ones(1, np.float32), rng.normal(size=(4, rows, columns)).astype(np.float32), attention)
    picture = rng.integers(0, 256, (16 * rows, 16 * columns, 3), np.uint8)
    picture[: rng.integers(1, 16 * rows)] = 255  # part of it is plain
    return maps, Level(picture, (step, step), is_local=True, is_global=True)


def slow_selection(levels, limit):
    """Literally: list every cell that passes, in order; sort by attention; keep the first."""
    found = []
    for maps, level in levels:
        worth = worth_keeping(level.picture, maps.attention.shape, GRID)
        for i in range(maps.attention.shape[0]):
            for j in range(maps.attention.shape[1]):
                if worth[i, j] and maps.attention[i, j] >= GRID.attention_threshold:
                    x = (GRID.offset + 16 * j + 0.5) * level.step[0] - 0.5
                    y = (GRID.offset + 16 * i + 0.5) * level.step[1] - 0.5
                    found.append((maps.attention[i, j], x, y, level.step[0], maps.descriptors[:, i, j]))
    found.sort(key=lambda row: -row[0])
    return found[:limit]


@given(st.integers(0, 10_000), st.integers(1, 60))
def test_equals_the_literal_selection(seed, limit):
    rng = np.random.default_rng(seed)
    levels = [random_level(rng, step) for step in (4.0, 2.0, 1.0)]
    best = strongest([level_features(m, lv, GRID, limit) for m, lv in levels], limit, 4)
    expected = slow_selection(levels, limit)
    assert len(best.attention) == len(expected)
    for row, (attention, x, y, scale, descriptor) in enumerate(expected):
        assert best.attention[row] == attention
        assert best.keypoints[row] == pytest.approx([x, y], abs=1e-3)
        assert best.scales[row] == scale
        assert np.array_equal(best.descriptors[row], descriptor)


def test_a_photo_where_nothing_passes_has_no_local_features():
    best = strongest([], 10, 4)
    assert best.keypoints.shape == (0, 2)
    assert best.descriptors.shape == (0, 4)


def test_fusion_is_the_normalised_sum():
    parts = [np.array(v, np.float32) for v in ((1, 0, 0), (0.6, 0.8, 0), (0, 0, 1))]
    total = [1.6, 0.8, 1.0]
    length = sum(v * v for v in total) ** 0.5
    assert fuse(parts) == pytest.approx([v / length for v in total], abs=1e-6)

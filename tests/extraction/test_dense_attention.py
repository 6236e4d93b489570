"""Attention everywhere in a photo: where extraction says it is, and averaged over scales."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from hypothesis import given, settings
from hypothesis import strategies as st

import glocal
from glocal.extraction import load_model
from glocal.extraction.dense_attention import dense_attention
from glocal.extraction.model import Model
from glocal.extraction.pyramid import Level

PHOTO = EXAMPLES / "stitch_apartment_building" / "apartment_building_01.jpg"


def level(width, height, step):
    return Level(np.zeros((height, width, 3), np.uint8), step, is_local=True, is_global=False)


def at(cells, x, y):
    """Bilinear interpolation of cells [rows, columns] at (x, y), by its definition; constant beyond the edges."""
    x, y = np.clip(x, 0, cells.shape[1] - 1), np.clip(y, 0, cells.shape[0] - 1)
    left, top = min(int(x), cells.shape[1] - 2), min(int(y), cells.shape[0] - 2)
    across = (1 - (x - left)) * cells[:, left] + (x - left) * cells[:, left + 1]
    return (1 - (y - top)) * across[top] + (y - top) * across[top + 1]


@pytest.mark.slow
@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_it_is_the_mean_of_what_each_scale_says_there(seed):
    random = np.random.default_rng(seed)
    bundled = load_model().card.local
    assert bundled is not None
    local = replace(bundled, stride=16.0, offset=15.0)
    levels = [level(64, 48, (2.0, 2.0)), level(91, 67, (128 / 91, 96 / 67)), level(120, 90, (128 / 120, 96 / 90))]
    maps = [
        random.random((-(-one.picture.shape[0] // 16), -(-one.picture.shape[1] // 16)), np.float32) for one in levels
    ]
    dense = dense_attention(levels, maps, local)
    assert dense.shape == (90, 120)
    for x, y in ((0, 0), (119, 89), (60, 40), *random.integers(0, 90, (10, 2))):
        photo = (np.array([x, y]) + 0.5) * levels[-1].step
        said = [at(cells, *((photo / one.step - 0.5 - 15) / 16)) for one, cells in zip(levels, maps, strict=True)]
        assert dense[y, x] == pytest.approx(np.mean(said), abs=0.04)  # OpenCV rounds places to 1/32 of a cell


@pytest.mark.slow
def test_kept_features_lie_where_the_map_has_their_attention():
    bundled = load_model()
    card = bundled.card
    one_scale = replace(card.presets["fast"], local_scales=(1.0,))
    model = Model(card, Path(glocal.__file__).parent / "weights", bundled.source, one_scale, "float32")
    features, dense = model.extract(PHOTO), model.attention(PHOTO)
    places = (features.keypoints + 0.5) * np.array(dense.shape[::-1]) / features.image_size - 0.5
    columns, rows = places.round().astype(int).T
    inside = (columns < dense.shape[1]) & (rows < dense.shape[0])
    assert inside.sum() > 100
    assert dense[rows[inside], columns[inside]] == pytest.approx(features.attention[inside], rel=0.02)

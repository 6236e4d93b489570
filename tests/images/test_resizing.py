"""Resizing: sizes, averaging where it shrinks, no overshoot where networks look."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.images import resize, scaled_size, shrink


def noise(seed, height=40, width=60):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def test_shrinking_never_enlarges():
    assert shrink(noise(0), 100).shape == (40, 60, 3)
    assert shrink(noise(0), 30).shape == (20, 30, 3)
    assert shrink(noise(0, 1, 500), 50).shape == (1, 50, 3)


@pytest.mark.parametrize("factor", [2, 4, 5])
def test_a_shrunk_picture_is_the_mean_of_its_blocks(factor):
    pixels = noise(factor)
    blocks = pixels.reshape(40 // factor, factor, 60 // factor, factor, 3).mean(axis=(1, 3))
    assert np.abs(resize(pixels, 60 // factor, 40 // factor).astype(float) - blocks).max() <= 0.5


def test_the_same_size_is_the_same_picture():
    pixels = noise(1)
    assert resize(pixels, 60, 40) is pixels


def test_an_edge_grows_without_overshoot_unless_it_is_to_be_looked_at():
    edge = np.zeros((8, 8, 3), np.uint8)
    edge[:, 4:] = 200
    assert resize(edge, 32, 32).max() == 200
    assert resize(edge, 32, 32, smooth=True).max() > 200  # what makes a bicubic edge look sharp


@given(st.integers(1, 5000), st.integers(1, 5000), st.floats(1e-4, 3))
def test_no_side_vanishes_and_none_is_off_by_more_than_half_a_pixel(width, height, factor):
    for side, scaled in zip((width, height), scaled_size(width, height, factor), strict=True):
        assert scaled >= 1
        assert scaled == 1 or abs(scaled - side * factor) <= 0.5

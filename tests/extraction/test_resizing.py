"""Resizing as others do it, against slow formulas and OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glocal.errors import ModelError
from glocal.extraction.resizing import resizing_of, sample_bilinear


def slow(picture: np.ndarray, shape: tuple[int, int], step: tuple[float, float], shift: float) -> np.ndarray:
    """Sample each pixel by itself: sample i lies at (i + shift) step - shift."""
    out = np.zeros((shape[1], shape[0], 3))
    for row in range(shape[1]):
        for column in range(shape[0]):
            y = min(max((row + shift) * step[1] - shift, 0), picture.shape[0] - 1)
            x = min(max((column + shift) * step[0] - shift, 0), picture.shape[1] - 1)
            top, left = int(y), int(x)
            below, right = min(top + 1, picture.shape[0] - 1), min(left + 1, picture.shape[1] - 1)
            upper = picture[top, left] * (1 - (x - left)) + picture[top, right] * (x - left)
            lower = picture[below, left] * (1 - (x - left)) + picture[below, right] * (x - left)
            out[row, column] = upper * (1 - (y - top)) + lower * (y - top)
    return out


@settings(max_examples=30)
@given(st.integers(2, 20), st.integers(2, 20), st.integers(1, 25), st.integers(1, 25), st.booleans())
def test_samples_lie_where_the_formula_says(height: int, width: int, rows: int, columns: int, half: bool) -> None:
    picture = np.random.default_rng(height * width).integers(0, 256, (height, width, 3)).astype(np.uint8)
    step = (width / columns, height / rows)
    found = sample_bilinear(picture, (columns, rows), step, half_pixels=half)
    assert np.allclose(found, slow(picture, (columns, rows), step, 0.5 if half else 0.0), atol=2e-3)


@pytest.mark.parametrize("scale", [0.25, 0.5, 0.7071, 1.0, 1.4142, 2.0])
def test_tensorflow_2_samples_as_opencv_does(scale: float) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (193, 257, 3)).astype(np.uint8)
    ours = resizing_of("tensorflow").level(picture, 257, 193, scale)
    theirs = cv2.resize(picture.astype(np.float32), ours.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    assert np.allclose(ours, theirs, atol=0.02)


def test_each_way_rounds_sides_as_its_original() -> None:
    picture = np.zeros((193, 257, 3), np.uint8)  # 0.7071 * 193 = 136.47, 0.7071 * 257 = 181.72; 257 / 2 = 128.5
    shapes = {
        name: [resizing_of(name).level(picture, 257, 193, scale).shape[:2] for scale in (0.7071, 0.5)]
        for name in ("opencv", "tensorflow", "tensorflow1", "pytorch")
    }
    rounded = [(136, 182), (96, 128)]
    assert shapes["opencv"] == shapes["tensorflow"] == shapes["tensorflow1"] == rounded
    assert shapes["pytorch"] == [(136, 181), (96, 128)]


def test_nothing_is_sampled_at_scale_1() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (65, 83, 3)).astype(np.uint8)
    for name in ("area", "opencv", "tensorflow", "tensorflow1", "pytorch"):
        assert (resizing_of(name).level(picture, 83, 65, 1.0) == picture).all()


def test_an_unknown_way_asks_for_an_upgrade() -> None:
    with pytest.raises(ModelError, match="upgrade glocal"):
        resizing_of("lanczos7")

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from glocal.agreement.cells import STRIDE, find_cells


def grey(seed: int) -> NDArray[np.float32]:
    """Return clouds at two scales: structure everywhere, different for each seed."""
    noise = np.random.default_rng(seed).normal(size=(2, 192, 256)).astype(np.float32)
    clouds = 40 * cv2.GaussianBlur(noise[0], (0, 0), 2) / 0.14 + 40 * cv2.GaussianBlur(noise[1], (0, 0), 8) / 0.035
    return np.clip(np.round(128 + 0.6 * clouds), 0, 255).astype(np.float32)


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-9, 6), (12, 10)])
def test_a_moved_picture_is_found_where_it_moved_to(shift: tuple[int, int]) -> None:
    moved = np.roll(grey(1), (shift[1], shift[0]), axis=(0, 1))
    cells = find_cells(grey(1), moved)
    inner = np.s_[2:-2, 2:-2]
    assert np.median(np.abs(cells.shift[inner] - shift)) == 0
    found = cells.correlation[inner] > 0.99
    assert found.mean() > 0.8
    np.testing.assert_array_equal(cells.shift[inner][found], np.broadcast_to(shift, (found.sum(), 2)))


def test_the_correlation_is_that_of_numpy_where_the_shift_says() -> None:
    a, b = np.round(grey(1)), np.round(0.5 * grey(1) + 0.5 * grey(2))
    cells = find_cells(a, b)
    for row, column in ((3, 4), (5, 9), (8, 12)):
        y, x = row * STRIDE + STRIDE // 2, column * STRIDE + STRIDE // 2
        dx, dy = cells.shift[row, column].astype(int)
        one, other = a[y - 12 : y + 12, x - 12 : x + 12], b[y + dy - 12 : y + dy + 12, x + dx - 12 : x + dx + 12]
        assert cells.correlation[row, column] == pytest.approx(np.corrcoef(one.ravel(), other.ravel())[0, 1], abs=1e-6)


def test_unlike_pictures_hold_together_nowhere() -> None:
    cells = find_cells(grey(1), grey(2))
    assert ((cells.correlation > 0.6) & (cells.strain <= 2)).mean() < 0.1


def test_plain_pictures_correlate_with_nothing() -> None:
    plain = np.full((192, 256), 128, np.float32)
    assert find_cells(plain, grey(1)).correlation.max() == 0

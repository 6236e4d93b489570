from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.orientation import Orientation, nearest_turn

ORIENTATIONS = st.builds(Orientation, st.integers(0, 3), st.booleans())


@given(ORIENTATIONS, st.integers(1, 9), st.integers(1, 9))
def test_a_pixel_goes_where_the_transform_says(orientation: Orientation, width: int, height: int) -> None:
    pixels = np.arange(3 * width * height, dtype=np.uint8).reshape(height, width, 3)
    laid = orientation.apply(pixels)
    assert laid.shape[1::-1] == orientation.size(width, height)
    transform = orientation.transform(width, height)
    for y in range(height):
        for x in range(width):
            u, v, _ = np.rint(transform @ [x, y, 1]).astype(int)
            assert (laid[v, u] == pixels[y, x]).all()


@given(ORIENTATIONS, st.data())
def test_a_part_is_the_same_cut_out_before_or_after(orientation: Orientation, data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
    pixels = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    x0, y0, x1, y1 = orientation.box((left, top, right, bottom), width, height)
    part = orientation.apply(np.ascontiguousarray(pixels[top:bottom, left:right]))
    assert (orientation.apply(pixels)[y0:y1, x0:x1] == part).all()


@pytest.mark.parametrize("turns", range(4))
def test_the_nearest_turn_is_the_one_that_was_made(turns: int) -> None:
    assert nearest_turn(Orientation(turns, mirrored=False).transform(640, 480)) == Orientation(turns, mirrored=False)

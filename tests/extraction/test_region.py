"""Cropping as the revisited protocol does it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from glocal.errors import RegionError
from glocal.extraction.region import crop_box


def test_corners_are_rounded_as_in_the_public_protocol():
    x1, y1, x2, y2 = 136.5, 34.1, 648.5, 955.7  # the first box of revisited Oxford
    box = crop_box((x1, y1, x2 - x1, y2 - y1), (768, 1024), "q.jpg")
    assert box == tuple(round(value) for value in (x1, y1, x2, y2))
    assert Image.new("RGB", (768, 1024)).crop(box).size == (512, 922)


def test_a_fraction_of_a_pixel_outside_is_cut_off():
    assert crop_box((0, 0, 100.6, 50.4), (100, 50), "q.jpg") == (0, 0, 100, 50)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ((0, 0, 0, 10), "empty"),
        ((5, 5, -3, 10), "empty"),
        ((90, 0, 20, 10), "leaves the photo, which is 100 x 50"),
        ((-5, 0, 20, 10), "leaves the photo"),
        ((100, 0, 1, 10), "leaves the photo"),
        ((-1, 0, 1, 10), "leaves the photo"),
        ((0, 50, 10, 1), "leaves the photo"),
        ((0, -0.6, 10, 1), "leaves the photo"),
        ((0, float("nan"), 20, 10), "four numbers"),
        ((0, 0, float("inf"), 10), "four numbers"),
        ((1, 2, 3), "four numbers"),
    ],
)
def test_bad_regions_name_photo_and_reason(region, words):
    with pytest.raises(RegionError, match=words) as caught:
        crop_box(region, (100, 50), "q.jpg")
    assert str(caught.value).startswith("q.jpg: ")


@given(
    corner=st.tuples(st.integers(-3, 12), st.integers(-3, 12)),
    extent=st.tuples(st.integers(-1, 14), st.integers(-1, 14)),
)
def test_a_crop_is_never_empty_and_never_outside(corner, extent):
    try:
        left, top, right, bottom = crop_box((*corner, *extent), (9, 7), "q.jpg")
    except RegionError:
        return
    assert 0 <= left < right <= 9
    assert 0 <= top < bottom <= 7

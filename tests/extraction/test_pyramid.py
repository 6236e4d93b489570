"""The pyramid against a photo whose pixels say where they are."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.extraction.preset import Preset
from glocal.extraction.pyramid import base_side, base_side_inside, pyramid, zoomed_pyramid
from glocal.extraction.resizing import MIN_SIDE


def preset(max_side=256, local=(0.5, 1.0), glob=(0.5, 1.4142)):
    return Preset("test", max_side, local, glob, 100)


def ramp(width, height):
    """A photo whose red channel grows with x and green channel with y."""
    x = np.linspace(0, 255, width)
    y = np.linspace(0, 255, height)
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.round(x)[None]
    image[..., 1] = np.round(y)[:, None]
    return image


def test_levels_carry_their_role_and_come_smallest_first():
    levels = list(pyramid(ramp(640, 480), (640, 480), preset(), 256))
    assert [level.picture.shape for level in levels] == [(96, 128, 3), (192, 256, 3), (272, 362, 3)]
    assert [(level.is_local, level.is_global) for level in levels] == [
        (True, True),
        (True, False),
        (False, True),
    ]


def test_a_small_photo_is_enlarged_to_what_the_network_looks_at():
    small = preset(local=(), glob=(1.0,))
    (level,) = pyramid(ramp(100, 60), (100, 60), small, base_side(100, small))
    assert level.picture.shape == (154, 256, 3)
    assert level.step == pytest.approx((100 / 256, 60 / 154))
    assert base_side(300, preset(1024)) == 320
    assert base_side(700, preset(1024)) == 700
    assert base_side(4000, preset(1024)) == 1024


@pytest.mark.parametrize("scale", [0.25, 0.5, 1.0, 2.0])
def test_points_map_back_to_the_same_colour(scale):
    photo = ramp(400, 300)
    (level,) = pyramid(photo, (400, 300), preset(local=(), glob=(scale,)), 256)
    points = np.array([[10, 8], [20, 12], [31, 17]], np.float32)
    for (u, v), (x, y) in zip(points.astype(int), level.to_photo(points), strict=True):
        assert level.picture[v, u, 0] == pytest.approx(x / 399 * 255, abs=1.5)
        assert level.picture[v, u, 1] == pytest.approx(y / 299 * 255, abs=1.5)


def test_steps_refer_to_the_photo_even_if_it_was_decoded_smaller():
    (level,) = pyramid(ramp(512, 384), (4096, 3072), preset(local=(), glob=(1.0,)), 256)
    assert level.picture.shape == (192, 256, 3)
    assert level.step == (16.0, 16.0)


def test_a_region_can_be_shrunk_as_inside_its_photo():
    """TensorFlow delg/extract_features.py: max_image_size times max(crop side) / max(original side)."""
    assert base_side_inside(1000, preset(256), 1000) == 256
    assert base_side_inside(500, preset(256), 1000) == 128
    assert base_side_inside(100, preset(256), 200) == 100, "never enlarged"


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_any_shape_gives_pictures_the_network_can_take(width, height):
    pixels = np.zeros((height, width, 3), np.uint8)
    base = base_side(max(width, height), preset())
    pyramids = [zoomed_pyramid(pixels[:64, :64], (width, height), preset(), base, zoom) for zoom in (0.3, 3.0)]
    for level in chain(pyramid(pixels[:64, :64], (width, height), preset(), base), *pyramids):
        assert min(level.picture.shape[:2]) >= MIN_SIDE
        corner = level.to_photo(np.array([[level.picture.shape[1] - 1, level.picture.shape[0] - 1]], np.float32))
        assert np.all(corner <= [width, height])
        assert np.all(level.to_photo(np.zeros((1, 2), np.float32)) >= -0.5)


@pytest.mark.parametrize(
    ("zoom", "sides"),
    [(2.0, [512]), (0.5, [64]), (2**0.5, [181, 362]), (8.0, [1024]), (16.0, [])],
    ids=["nearer", "farther", "between", "as large as may be", "too large"],
)
def test_a_zoomed_pyramid_has_the_pictures_of_a_larger_or_smaller_photo_that_are_new(zoom, sides):
    levels = list(zoomed_pyramid(ramp(640, 480), (640, 480), preset(), 256, zoom))
    assert [max(level.picture.shape) for level in levels] == sides
    assert all(level.is_local and not level.is_global for level in levels)
    for level in levels:
        height, width = level.picture.shape[:2]
        points = np.array([[width / 4, height / 2], [width / 2, height / 4]], np.float32)
        seen = level.picture[points[:, 1].astype(int), points[:, 0].astype(int), :2].astype(float)
        assert np.abs(seen - level.to_photo(points) * [255 / 639, 255 / 479]).max() < 255 / min(width, height) + 1

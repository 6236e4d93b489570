"""What a common frame proves: nothing. Features are made up; real photos in frames are in evaluation/framing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glocal.features import CompactFeatures
from glocal.matching import match_features
from glocal.matching.same_frame import lies_in_place

SIZE = (640, 480)


def picture(rng, codes, keypoints, size=SIZE):
    """A picture of these features; their codes are changed by a few bits, as between two copies."""
    noise = np.packbits(rng.random((len(codes), 128)) < 0.03, axis=1)
    places = keypoints * np.array(size) / SIZE
    ones = np.ones(len(codes), np.float32)
    return CompactFeatures(size, places.astype(np.float32), ones * size[0] / SIZE[0], ones, codes ^ noise)


def grid(rng, count=400):
    codes = rng.integers(0, 256, (count, 16), np.uint8)
    return codes, rng.uniform([5, 5], [635, 475], (count, 2))


def in_box(keypoints, left, top, right, bottom):
    return ((keypoints > [left, top]) & (keypoints < [right, bottom])).all(axis=1)


def test_a_copy_has_the_support_of_its_inliers():
    rng = np.random.default_rng(0)
    codes, places = grid(rng)
    match = match_features(picture(rng, codes, places), picture(rng, codes, places, (1280, 960)))
    assert match.support > 0.9 * match.inlier_count > 300


@pytest.mark.parametrize("size", [SIZE, (960, 720), (320, 240)])
def test_other_photos_in_the_same_frame_have_inliers_and_no_support(size):
    rng = np.random.default_rng(1)
    codes, places = grid(rng)
    inside = in_box(places, 110, 80, 530, 400)
    others = codes.copy()
    others[inside] = rng.integers(0, 256, (inside.sum(), 16), np.uint8)
    match = match_features(picture(rng, codes, places), picture(rng, others, places, size))
    assert match.inlier_count > 100
    assert match.support == 0.0


def test_a_copy_with_something_else_at_its_side_keeps_its_support():
    rng = np.random.default_rng(2)
    codes, places = grid(rng)
    beside = in_box(places, 0, 0, 160, 480)
    others = codes.copy()
    others[beside] = rng.integers(0, 256, (beside.sum(), 16), np.uint8)
    assert match_features(picture(rng, codes, places), picture(rng, others, places)).support > 200


def test_what_agrees_elsewhere_in_the_picture_keeps_its_support():
    """A view of the same thing from another spot: the thing lies elsewhere, and half of the picture is new."""
    rng = np.random.default_rng(3)
    codes, places = grid(rng)
    moved = places + np.array([200, 30])
    kept = in_box(moved, 0, 0, *SIZE)
    match = match_features(picture(rng, codes, places), picture(rng, codes[kept], moved[kept]))
    assert match.support > 0.8 * kept.sum()


@settings(deadline=None)
@given(st.floats(-0.2, 0.2), st.floats(0.8, 1.2))
def test_corners_decide_what_lies_in_place(shift, scale):
    affine = np.array([2 * scale, 0, 2 * shift * SIZE[0], 0, 2 * scale, 0])
    most = max(abs(shift), abs(scale - 1), abs(shift + scale - 1))
    if abs(most - 0.03) > 1e-6:
        found = lies_in_place(affine, (640.0, 480.0), (1280.0, 960.0))
        assert found == (most < 0.03)

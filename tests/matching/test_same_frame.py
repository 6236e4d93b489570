"""What a common frame proves: nothing. Features are made up; real photos in frames are in evaluation/framing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.features import CompactFeatures
from glocal.matching import lie_in_place, match_features
from glocal.matching.same_frame import corner_shift

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


def replaced(rng, codes, rows):
    """The codes, with others in these rows: of another photo there."""
    others = codes.copy()
    others[rows] = rng.integers(0, 256, (rows.sum(), 16), np.uint8)
    return others


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
    others = replaced(rng, codes, inside)
    match = match_features(picture(rng, codes, places), picture(rng, others, places, size))
    assert match.inlier_count > 100
    assert match.support == 0.0


@pytest.mark.parametrize("box", [(0, 190, 640, 330), (200, 100, 440, 380), (40, 60, 400, 260)])
def test_another_photo_in_a_small_part_of_the_same_page_has_no_support(box):
    rng = np.random.default_rng(4)
    codes, places = grid(rng)
    inside = in_box(places, *box)
    others = replaced(rng, codes, inside)
    assert inside.mean() < 0.35
    match = match_features(picture(rng, codes, places), picture(rng, others, places))
    assert match.inlier_count > 200
    assert match.support == 0.0


@pytest.mark.parametrize(
    ("seed", "box"),
    [
        pytest.param(5, (400, 60, 510, 170), id="a small thing pasted in"),
        pytest.param(2, (0, 0, 160, 480), id="something else at its side"),
    ],
)
def test_a_copy_of_which_a_part_is_another_keeps_its_support(seed, box):
    rng = np.random.default_rng(seed)
    codes, places = grid(rng)
    another = in_box(places, *box)
    others = replaced(rng, codes, another)
    assert match_features(picture(rng, codes, places), picture(rng, others, places)).support > 200


@pytest.mark.parametrize(("attention", "supported"), [(1.0, True), (6.0, False)])
def test_a_plain_photo_on_the_page_of_another_has_no_support(attention, supported):
    """A copy loses features where little attention is: a dark one, say. A page with another photo where much is."""
    rng = np.random.default_rng(6)
    codes, places = grid(rng)
    strongest_first = np.argsort(~in_box(places, 110, 100, 530, 330), kind="stable")
    codes, places = codes[strongest_first], places[strongest_first]
    inside = in_box(places, 110, 100, 530, 330)
    page = picture(rng, codes, places)
    photo = replace(page, attention=np.where(inside, attention, 1.0).astype(np.float32))
    plain = picture(rng, codes[~inside], places[~inside])
    for match in (match_features(photo, plain), match_features(plain, photo)):
        assert match.inlier_count > 200
        assert (match.support > 200) == supported


def test_what_agrees_elsewhere_in_the_picture_keeps_its_support():
    """A view of the same thing from another spot: the thing lies elsewhere, and half of the picture is new."""
    rng = np.random.default_rng(3)
    codes, places = grid(rng)
    moved = places + np.array([200, 30])
    kept = in_box(moved, 0, 0, *SIZE)
    match = match_features(picture(rng, codes, places), picture(rng, codes[kept], moved[kept]))
    assert match.support > 0.8 * kept.sum()


@given(st.floats(-0.2, 0.2), st.floats(0.8, 1.2))
def test_the_farthest_corner_counts(shift, scale):
    affine = np.array([2 * scale, 0, 2 * shift * SIZE[0], 0, 2 * scale, 0])
    farthest = max(abs(shift), abs(scale - 1), abs(shift + scale - 1))
    assert abs(corner_shift(affine, (640.0, 480.0), (1280.0, 960.0)) - farthest) < 1e-9


@pytest.mark.parametrize(("agreeing", "supported"), [(0.1, False), (0.35, True)])
def test_pictures_that_lie_nearly_in_place_may_differ_more(agreeing, supported):
    """A page whose lines agree with the next lines of itself, or a place from nearly the same spot."""
    rng = np.random.default_rng(6)
    codes, places = grid(rng)
    kept = places[:, 0] < 640 * agreeing
    others = codes.copy()
    others[~kept] = rng.integers(0, 256, ((~kept).sum(), 16), np.uint8)
    moved = np.where(kept[:, None], places + np.array([0, 0.06 * 480]), places)
    match = match_features(picture(rng, codes, places), picture(rng, others, moved))
    assert match.inlier_count > 17
    assert (match.support > 0) == supported


@pytest.mark.parametrize(("shift", "expected"), [(0.0, True), (0.07, True), (0.09, False)])
def test_pictures_lie_in_place_by_their_farthest_corners(shift, expected):
    moved = np.array([[2.0, 0, 1280 * shift], [0, 2.0, 0], [0, 0, 1]])
    assert lie_in_place(moved, SIZE, (1280, 960)) is expected
    for turned, size in (([[0, 1, 0], [-1, 0, 640]], (480, 640)), ([[-1, 0, 640], [0, -1, 480]], SIZE)):
        assert lie_in_place(np.array([*turned, [0.0, 0, 1]]), SIZE, size)
        assert not lie_in_place(np.array([*turned, [0.0, 0, 1]]), SIZE, (1000, 1000))
    assert not lie_in_place(np.diag([-1.0, 1, 1]), SIZE, SIZE)


def of_region(features, region):
    """What is seen of a region of a picture."""
    left, top, width, height = region
    rows = np.flatnonzero(in_box(features.keypoints, left, top, left + width, top + height))
    return replace(features.only(rows), region=region)


def test_a_region_of_a_photo_has_support_in_that_photo():
    """What lies around it is not asked for, and does not say that another photo lies in the same frame."""
    rng = np.random.default_rng(8)
    photo = picture(rng, *grid(rng))
    match = match_features(of_region(photo, (100, 80, 300, 250)), photo)
    assert match.support > 0.9 * match.inlier_count > 80


@pytest.mark.parametrize("region", [(80, 60, 480, 360), (60, 40, 300, 300)])
def test_a_region_of_a_page_with_another_photo_in_it_has_no_support(region):
    rng = np.random.default_rng(9)
    codes, places = grid(rng)
    inside = in_box(places, 110, 80, 530, 400)
    others = replaced(rng, codes, inside)
    match = match_features(of_region(picture(rng, codes, places), region), picture(rng, others, places))
    assert match.inlier_count > 15
    assert match.support == 0.0

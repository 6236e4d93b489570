"""Random views: what decides them, and what each change does."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.train

import cv2  # noqa: E402
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from glocal.training.photos.augment import pasted, random_crop, random_quad, random_view  # noqa: E402
from glocal.training.recipe_parts import Augmentation  # noqa: E402

WHOLE = {"area": (1.0, 1.0), "aspect": (1.0, 1.0), "colour": 0.0, "blur": 0.0, "jpeg": 0.0}


def noise(seed, height=40, width=60):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@settings(max_examples=60)
@given(st.integers(1, 900), st.integers(1, 900), st.integers(0, 2**32 - 1))
def test_a_random_crop_lies_inside_and_keeps_its_ranges(width, height, seed):
    views = Augmentation(area=(0.3, 0.8), aspect=(0.5, 2.0))
    left, top, wide, tall = random_crop(width, height, views, np.random.default_rng(seed))
    assert left >= 0
    assert top >= 0
    assert wide >= 1
    assert tall >= 1
    assert left + wide <= width
    assert top + tall <= height
    if (wide, tall) != (width, height) and min(wide, tall) > 20:
        assert 0.25 <= wide * tall / (width * height) <= 0.85
        assert 0.45 <= wide / tall <= 2.2


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_a_view_is_decided_by_its_generator(seed):
    strong = Augmentation(rotation=20, perspective=0.5, colour=0.8, occlusion=0.7, blur=1.0, jpeg=1.0, flip=0.5)
    one, other = (random_view(noise(1), 32, strong, np.random.default_rng(seed), lambda: noise(2)) for _ in range(2))
    assert one.shape == (32, 32, 3)
    assert one.dtype == np.uint8
    assert np.array_equal(one, other)


def test_without_augmentation_a_view_is_the_resized_photo():
    plain = Augmentation(area=(1.0, 1.0), aspect=(1.5, 1.5), colour=0.0, blur=0.0, jpeg=0.0)
    view = random_view(noise(2), 32, plain, np.random.default_rng(0))
    assert abs(view.astype(int).mean() - noise(2).mean()) < 2
    mirrored = random_view(noise(2), 32, plain.model_copy(update={"flip": 1.0}), np.random.default_rng(0))
    assert np.abs(view[:, ::-1].astype(int) - mirrored).max() <= 1


@settings(max_examples=100)
@given(st.floats(0, 180), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_a_random_quadrangle_is_convex_and_inside(rotation, perspective, seed):
    views = Augmentation(rotation=rotation, perspective=perspective)
    quad = random_quad(views, np.random.default_rng(seed))
    assert np.abs(quad).max() <= 1 + 1e-6
    assert cv2.isContourConvex(quad)
    assert cv2.contourArea(quad, oriented=True) > 0  # never mirrored


def test_rotation_turns_by_up_to_its_angle_and_shows_nothing_from_outside():
    half = np.zeros((64, 64, 3), np.uint8)
    half[:, 32:] = 200
    settings = Augmentation(**WHOLE, rotation=30)
    angles = []
    for seed in range(60):
        view = random_view(half, 64, settings, np.random.default_rng(seed))[..., 0].astype(float)
        gradient = [cv2.Sobel(view, cv2.CV_64F, *order).sum() for order in ((1, 0), (0, 1))]
        angles.append(np.degrees(np.arctan2(gradient[1], gradient[0])))
        assert view.max() <= 201  # reflection or padding would show other values
    assert 20 < max(angles) <= 31
    assert -31 <= min(angles) < -20


def test_perspective_bends_no_straight_line():
    line = np.zeros((128, 128, 3), np.uint8)
    line[:, 60:68] = 255
    view = random_view(line, 128, Augmentation(**WHOLE, perspective=0.6), np.random.default_rng(3))[..., 0]
    rows = np.flatnonzero(view.max(1) > 128)
    centres = [np.average(np.arange(128), weights=view[row]) for row in rows]
    residual = np.polyval(np.polyfit(rows, centres, 1), rows) - centres
    assert np.abs(residual).max() < 1
    assert np.ptp(centres) > 3


def test_occlusion_hides_at_most_a_quarter_half_the_time_by_another_photo():
    settings = Augmentation(**WHOLE, occlusion=1.0)
    photo, other = np.zeros((64, 64, 3), np.uint8), noise(5, 64, 64) | 1
    shares, patched = [], 0
    for seed in range(200):
        view = random_view(photo, 64, settings, np.random.default_rng(seed), lambda: other)
        hidden = view.any(2)
        shares.append(hidden.mean())
        patched += len(np.unique(view[hidden], axis=0)) > 1
    assert 0.01 <= min(shares) < 0.05
    assert 0.2 < max(shares) <= 0.26
    assert 70 <= patched <= 130


def test_occlusion_hides_as_many_views_as_asked_for():
    settings = Augmentation(**WHOLE, occlusion=0.3)
    photo = np.zeros((64, 64, 3), np.uint8)
    views = [random_view(photo, 64, settings, np.random.default_rng(seed)) for seed in range(300)]
    assert 60 <= sum(view.any() for view in views) <= 120


def by_definition(view, strength, random):
    """Brightness and tint, then saturation about each pixel's grey, then contrast about the mean grey."""
    brightness, contrast, saturation = random.uniform(1 - strength, 1 + strength, 3)
    colours = view * brightness * random.uniform(1 - strength / 4, 1 + strength / 4, 3)
    grey = colours.mean(axis=2, keepdims=True)
    colours = grey + saturation * (colours - grey)
    return np.clip(grey.mean() + contrast * (colours - grey.mean()), 0, 255)


@settings(max_examples=30)
@given(st.floats(0.01, 1), st.integers(0, 2**32 - 1))
def test_colours_change_as_defined(strength, seed):
    from glocal.training.photos.augment import _colour

    changed = _colour(noise(seed), strength, np.random.default_rng(seed))
    expected = by_definition(noise(seed), strength, np.random.default_rng(seed))
    assert np.abs(changed - expected).max() < 1.01


def test_lighting_varies_along_the_published_components():
    grey = np.full((32, 32, 3), 128, np.uint8)
    settings = Augmentation(**WHOLE, lighting=1.0)
    views = [random_view(grey, 32, settings, np.random.default_rng(seed)) for seed in range(2000)]
    assert all((view == view[0, 0]).all() for view in views)
    shifts = np.array([view[0, 0] for view in views]).astype(float) - 128
    inner = shifts[np.abs(shifts).max(axis=1) < 127]  # the others are clipped
    values, vectors = np.linalg.eigh(np.cov(inner.T))
    assert np.sqrt(values[::-1]) == pytest.approx(255 * np.array([0.2175, 0.0188, 0.0045]), rel=0.08)
    assert np.abs(vectors[:, ::-1].T @ [-0.5675, -0.5808, -0.5836]) == pytest.approx([1, 0, 0], abs=0.01)
    assert np.abs(vectors[:, ::-1].T @ [0.7192, -0.0045, -0.6948]) == pytest.approx([0, 1, 0], abs=0.03)


def test_a_turned_view_is_turned_by_any_angle():
    half = np.zeros((64, 64, 3), np.uint8)
    half[:32] = 255  # the upper half is white
    turned = Augmentation(**WHOLE, turned=1.0)
    views = [random_view(half, 32, turned, np.random.default_rng(seed)).astype(float) for seed in range(40)]
    below = [view[20:].mean() > view[:12].mean() for view in views]
    assert 5 < sum(below) < 35
    upright = [random_view(half, 32, Augmentation(**WHOLE), np.random.default_rng(seed)) for seed in range(3)]
    assert all(view[:15].min() == 255 and view[17:].max() == 0 for view in upright)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_a_pasted_view_covers_a_part_of_another_photo(seed):
    view, ground = np.full((48, 48, 3), 255, np.uint8), np.zeros((80, 60, 3), np.uint8)
    laid = pasted(view, ground, np.random.default_rng(seed))
    share = (laid > 127).mean()
    assert laid.shape == view.shape
    assert 0.4**2 * 0.9 < share < 0.9**2 * 1.1


def test_different_views_are_pasted_on_the_same_ground():
    settings = Augmentation(**WHOLE, pasted=1.0)
    ground = noise(9, 60, 60)
    views = [random_view(noise(n), 60, settings, np.random.default_rng(n), ground=lambda: ground) for n in range(4)]
    corners = [(view[:4, :4].astype(int) == ground[:4, :4]).all() for view in views]
    assert sum(corners) >= 2
    assert not np.array_equal(views[0], views[1])
    plain = random_view(noise(0), 60, settings, np.random.default_rng(0))
    assert plain.shape == (60, 60, 3)  # without a ground nothing is pasted

"""Recovering known transforms from noise and outliers, and finding nothing where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glocal.features import LocalGeometry
from glocal.matching.refinement import fit_affine, inlier_weights, is_plausible
from glocal.matching.verification import MIN_INLIERS, TOLERANCE, verify

WIDTH, HEIGHT = 800, 600
SCALES = np.array([0.5, 0.7071, 1.0, 1.4142, 2.0])


def geometry(points, scales):
    return LocalGeometry(
        image_size=(WIDTH, HEIGHT),
        keypoints=np.asarray(points, np.float32),
        scales=np.asarray(scales, np.float32),
        attention=np.ones(len(points), np.float32),
    )


def apply(transform, points):
    return points @ transform[:2, :2].T + transform[:2, 2]


def affine(angle, scale, stretch, shift):
    """Rotation by `angle` (degrees), scale, a stretch of x, then a shift about the middle of the photo."""
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    linear = scale * np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([stretch, 1.0])
    middle = np.array([WIDTH, HEIGHT]) / 2
    transform = np.eye(3)
    transform[:2, :2], transform[:2, 2] = linear, middle + shift - linear @ middle
    return transform


def scene(rng, transform, inliers, outliers, noise=0.25):
    """Correspondences that follow `transform` with noise in units of feature scale, mixed with random ones."""
    count = inliers + outliers
    points = rng.uniform((0, 0), (WIDTH, HEIGHT), (count, 2))
    scales = rng.choice(SCALES, count)
    size = np.sqrt(abs(np.linalg.det(transform[:2, :2])))
    mapped_scales = scales * size * rng.choice([0.8, 1.0, 1.25], count)
    mapped = apply(transform, points) + noise * TOLERANCE * scales[:, None] * size * rng.normal(size=(count, 2))
    wrong = slice(inliers, None)
    mapped[wrong] = rng.uniform((0, 0), (WIDTH, HEIGHT), (outliers, 2))
    mapped_scales[wrong] = rng.choice(SCALES, outliers)
    # Distances say nothing about which are right, as in the worst case.
    pairs = np.stack([np.arange(count), np.arange(count)], axis=1).astype(np.int32)
    mix = rng.permutation(count)
    return geometry(points[mix], scales[mix]), geometry(mapped[mix], mapped_scales[mix]), pairs, mix < inliers


def corner_error(found, true):
    corners = np.array([[0, 0], [WIDTH, 0], [0, HEIGHT], [WIDTH, HEIGHT]], float)
    return np.abs(apply(found, corners) - apply(true, corners)).max()


@settings(max_examples=40, derandomize=True)
@given(
    seed=st.integers(0, 2**32),
    angle=st.floats(-30, 30),
    scale=st.floats(0.4, 2.5),
    stretch=st.floats(0.75, 1.33),
)
def test_recovers_an_affine_transform_among_70_percent_outliers(seed, angle, scale, stretch):
    rng = np.random.default_rng(seed)
    true = affine(angle, scale, stretch, rng.uniform(-80, 80, 2))
    a, b, pairs, right = scene(rng, true, inliers=60, outliers=140)
    found, weights = verify(a, b, pairs, np.zeros(len(pairs), np.int32))
    inliers = weights > 0
    assert found is not None
    assert corner_error(found, true) < 16 * scale
    assert (inliers & right).sum() >= 0.85 * right.sum()
    assert (inliers & ~right).sum() <= 0.15 * (~right).sum()


@pytest.mark.parametrize("angle", [90, 180])
def test_recovers_a_turned_photo(angle):
    rng = np.random.default_rng(angle)
    true = affine(angle, 1.0, 1.0, (5, -5))
    a, b, pairs, _ = scene(rng, true, inliers=60, outliers=60)
    found, _ = verify(a, b, pairs, np.zeros(len(pairs), np.int32))
    assert found is not None
    assert corner_error(found, true) < 15


def test_unrelated_features_give_few_inliers():
    """Random pairs agree by chance only: over 100 unrelated pairs of photos with 100 correspondences each,
    the mean number of inliers stays under 9 and the greatest under 18 (measured: 6.5 and 10)."""
    rng = np.random.default_rng(0)
    counts = []
    for _ in range(100):
        a, b, pairs, _ = scene(rng, np.eye(3), inliers=0, outliers=100)
        counts.append(np.count_nonzero(verify(a, b, pairs, np.zeros(100, np.int32))[1]))
    assert np.mean(counts) < 9
    assert max(counts) < 18


@pytest.mark.slow
@settings(max_examples=25, derandomize=True)
@given(seed=st.integers(0, 2**32), inliers=st.sampled_from([20, 40]))
def test_both_directions_agree(seed, inliers):
    rng = np.random.default_rng(seed)
    true = affine(rng.uniform(-20, 20), rng.uniform(0.5, 2), 1.1, (10, 20))
    a, b, pairs, _ = scene(rng, true, inliers=inliers, outliers=inliers)
    distances = np.zeros(len(pairs), np.int32)
    forward, there = verify(a, b, pairs, distances)
    backward, back = verify(b, a, pairs[:, ::-1], distances)
    assert forward is not None
    assert backward is not None
    assert abs(np.count_nonzero(there) - np.count_nonzero(back)) <= max(3, 0.15 * inliers)
    assert corner_error(backward @ forward, np.eye(3)) < 20


@settings(max_examples=20, derandomize=True)
@given(factor=st.sampled_from([0.25, 0.5, 4.0, 8.0]), seed=st.integers(0, 1000))
def test_tolerance_follows_the_size_of_the_photo(factor, seed):
    """The same photos at another resolution give the same inliers: no constant is in pixels."""
    rng = np.random.default_rng(seed)
    a, b, pairs, _ = scene(rng, affine(10, 1.2, 1.0, (0, 0)), inliers=30, outliers=60)
    distances = np.arange(len(pairs), dtype=np.int32)
    larger_a = geometry(a.keypoints * factor, a.scales * factor)
    larger_b = geometry(b.keypoints * factor, b.scales * factor)
    assert np.allclose(verify(a, b, pairs, distances)[1], verify(larger_a, larger_b, pairs, distances)[1])


def test_collapsed_and_mirrored_pictures_are_not_verified():
    rng = np.random.default_rng(2)
    points = rng.uniform((0, 0), (WIDTH, HEIGHT), (60, 2))
    pairs = np.repeat(np.arange(60)[:, None], 2, axis=1).astype(np.int32)
    a, one_spot = geometry(points, np.ones(60)), geometry(np.full((60, 2), 300.0), np.ones(60))
    mirrored = geometry(points * [-1, 1] + [WIDTH, 0], np.ones(60))
    distances = np.zeros(60, np.int32)
    assert np.count_nonzero(verify(a, mirrored, pairs, distances)[1]) < 20
    found, weights = verify(a, one_spot, pairs, distances)
    assert found is None or np.count_nonzero(weights) < 20


def test_too_few_correspondences_prove_nothing():
    points = np.array([[10, 10], [200, 30], [50, 300], [400, 500]], float)
    a = geometry(points, np.ones(4))
    pairs = np.repeat(np.arange(4)[:, None], 2, axis=1).astype(np.int32)
    for count in range(MIN_INLIERS):
        found, weights = verify(a, a, pairs[:count], np.zeros(count, np.int32))
        assert found is None
        assert weights.shape == (count,)
        assert not weights.any()
    found, weights = verify(a, a, pairs, np.zeros(4, np.int32))
    assert found is not None
    assert np.allclose(found, np.eye(3), atol=1e-6)
    assert (weights == 1).all()


def test_all_features_at_one_place_do_not_break_it():
    a = geometry(np.full((30, 2), 50.0), np.ones(30))
    pairs = np.repeat(np.arange(30)[:, None], 2, axis=1).astype(np.int32)
    found, _ = verify(a, a, pairs, np.zeros(30, np.int32))
    assert found is None or np.isfinite(found).all()


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), prior=st.floats(0, 10))
def test_fit_equals_a_general_least_squares_solver(seed, prior):
    """The normal equations against lstsq on rows, the prior written out as rows of its own."""
    rng = np.random.default_rng(seed)
    points = np.empty((6, 12))
    points[:4] = rng.uniform(0, 500, (4, 12))
    points[4:] = rng.uniform(0.1, 16, (2, 12))
    weights = rng.uniform(0.05, 1, 12)
    trust = weights / points[5]
    x, y, u, v = points[:4]
    xm, ym, um, vm = (np.average(values, weights=trust) for values in (x, y, u, v))
    spread = (trust * ((x - xm) ** 2 + (y - ym) ** 2)).sum()
    cosine = (trust * ((x - xm) * (u - um) + (y - ym) * (v - vm))).sum() / spread
    sine = (trust * ((x - xm) * (v - vm) - (y - ym) * (u - um))).sum() / spread
    ridge = np.sqrt(0.5 * spread * prior / weights.sum())
    rows = np.vstack([np.sqrt(trust)[:, None] * np.stack([x - xm, y - ym], axis=1), ridge * np.eye(2)])
    right = np.vstack(
        [
            np.sqrt(trust)[:, None] * np.stack([u - um, v - vm], axis=1),
            ridge * np.array([[cosine, sine], [-sine, cosine]]),
        ]
    )
    linear = np.linalg.lstsq(rows, right, rcond=None)[0].T
    expected = np.column_stack([linear, [um, vm] - linear @ [xm, ym]])
    assert np.allclose(fit_affine(points, weights, prior).reshape(2, 3), expected, rtol=1e-6, atol=1e-4)


def test_weights_equal_their_formula():
    transform = np.array([1.1, -0.2, 4.0, 0.3, 0.9, -7.0])
    rng = np.random.default_rng(3)
    points = rng.uniform(1, 60, (6, 50))
    points[2:4] = (
        transform.reshape(2, 3)[:, :2] @ points[:2] + transform.reshape(2, 3)[:, 2:] + rng.normal(size=(2, 50)) * 9
    )
    area = np.linalg.det(transform.reshape(2, 3)[:, :2])
    for weight, (x, y, u, v, scale_a, scale_b) in zip(inlier_weights(transform, points, 2.0), points.T, strict=True):
        mapped = transform.reshape(2, 3) @ [x, y, 1]
        allowed = 2.0 * np.sqrt(area * scale_a + scale_b)
        expected = max(0.0, 1 - (np.hypot(*(mapped - [u, v])) / allowed) ** 2)
        if not 0.5 < np.sqrt(area * scale_a / scale_b) < 2:
            expected = 0.0
        assert weight == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("linear", "plausible"),
    [
        ([1, 0, 0, 1], True),
        ([0, -1, 1, 0], True),
        ([2.5, 0, 0, 1], True),
        ([3.5, 0, 0, 1], False),
        ([-1, 0, 0, 1], False),
        ([40, 0, 0, 40], True),
        ([0.02, 0, 0, 0.02], True),
        ([1, 2, 2, 4], False),
        ([0, 0, 0, 0], False),
        ([np.nan, 0, 0, 1], False),
    ],
)
def test_plausible_transforms(linear, plausible):
    a, b, d, e = linear
    assert is_plausible(np.array([a, b, 12.0, d, e, -3.0], float)) is plausible

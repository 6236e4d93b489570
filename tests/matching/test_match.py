"""Matching whole photos: values, workers, and self-consistency."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import glocal.matching
from glocal.features import CompactFeatures
from glocal.matching import Match, match_features, match_many
from glocal.matching.hamming import mutual_nearest
from glocal.matching.verification import verify


def random_features(rng, count=200, bits=128):
    return CompactFeatures(
        image_size=(640, 480),
        keypoints=rng.uniform((0, 0), (639, 479), (count, 2)).astype(np.float32),
        scales=rng.choice([0.5, 1.0, 2.0], count).astype(np.float32),
        attention=np.sort(rng.random(count).astype(np.float32))[::-1],
        codes=rng.integers(0, 256, (count, bits // 8), dtype=np.uint8),
    )


def noisy_view(features, rng, flip=0.08, shift=(12.0, -7.0)):
    """The same features moved by a shift and some noise, one code bit in twelve wrong."""
    wrong = np.packbits(rng.random((len(features), 8 * features.codes.shape[1])) < flip, axis=1)
    return CompactFeatures(
        image_size=features.image_size,
        keypoints=features.keypoints + np.float32(shift) + rng.normal(0, 1.5, features.keypoints.shape),
        scales=features.scales,
        attention=features.attention,
        codes=features.codes ^ wrong,
    )


@pytest.mark.parametrize("bits", [128, 256, 512])
def test_a_moved_view_is_verified(bits):
    rng = np.random.default_rng(bits)
    a = random_features(rng, bits=bits)
    match = match_features(a, noisy_view(a, rng))
    assert match.inlier_count > 180
    assert match.transform is not None
    assert np.allclose(match.transform, [[1, 0, 12], [0, 1, -7], [0, 0, 1]], atol=[0.01, 0.01, 3])
    assert len(match) == len(match.correspondences)


def test_a_photo_matches_itself_exactly():
    a = random_features(np.random.default_rng(1))
    match = match_features(a, a)
    assert match.inlier_count == len(a) == len(match)
    assert np.allclose(match.transform, np.eye(3), atol=1e-6)


def test_unrelated_photos_share_almost_no_correspondence():
    """Random codes of 128 bits lie 64 +- 5.7 bits apart: nearest ones of 200 are rarely within 40."""
    rng = np.random.default_rng(2)
    matches = [match_features(random_features(rng), random_features(rng)) for _ in range(20)]
    assert max(len(match) for match in matches) < 20
    assert max(match.inlier_count for match in matches) < 8


def test_correspondences_are_the_mutual_neighbours_within_the_bound():
    rng = np.random.default_rng(3)
    a = random_features(rng)
    b = noisy_view(a, rng, flip=0.3)
    pairs, distances = mutual_nearest(a.codes, b.codes)
    assert (distances > 40).any()
    assert np.array_equal(match_features(a, b).correspondences, pairs[distances <= 40])


@pytest.mark.parametrize("flip", [0.02, 0.15, 0.25, 0.5])
def test_a_match_is_what_its_steps_give_one_by_one(flip):
    rng = np.random.default_rng(30)
    a = random_features(rng, 203)
    b = noisy_view(a, rng, flip)
    pairs, distances = mutual_nearest(a.codes, b.codes)
    near = distances <= 40
    transform, weights = verify(a, b, pairs[near], distances[near])
    match = match_features(a, b)
    assert np.array_equal(match.correspondences, pairs[near])
    assert np.array_equal(match.inliers, weights > 0)
    assert match.support == pytest.approx(weights.sum())
    assert (match.transform is None) == (transform is None) == (not weights.any())
    assert transform is None or np.array_equal(match.transform, transform)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_photos_with_hardly_any_features(count):
    rng = np.random.default_rng(4)
    few, many = random_features(rng, count), random_features(rng)
    for match in (match_features(few, many), match_features(many, few), match_features(few, few)):
        assert match.inlier_count == 0
        assert match.transform is None
    assert len(match_features(few, few)) == count


def test_workers_do_not_change_the_result():
    rng = np.random.default_rng(5)
    a = random_features(rng)
    candidates = [noisy_view(a, rng, flip) for flip in np.linspace(0, 0.4, 12)] + [random_features(rng, 0)]
    alone = [match_features(a, candidate) for candidate in candidates]
    for workers in (1, 2, 5, None):
        together = match_many(a, iter(candidates), workers=workers)
        assert len(together) == len(alone)
        for one, other in zip(alone, together, strict=True):
            assert np.array_equal(one.correspondences, other.correspondences)
            assert np.array_equal(one.inliers, other.inliers)
            assert (one.transform is None) == (other.transform is None)
            if one.transform is not None:
                assert np.array_equal(one.transform, other.transform)


def test_no_candidates_no_matches():
    assert match_many(random_features(np.random.default_rng(6)), []) == []


def test_codes_of_another_model_are_refused():
    rng = np.random.default_rng(7)
    with pytest.raises(ValueError, match="one width"):
        match_many(random_features(rng), [random_features(rng, bits=256)])


def test_a_match_checks_itself_and_cannot_change():
    pairs, yes = np.zeros((2, 2), np.int32), np.ones(2, np.bool_)
    with pytest.raises(ValueError, match="inliers need a transform"):
        Match(pairs, yes, None, 0.0)
    with pytest.raises(ValueError, match="correspondences"):
        Match(pairs[:1], yes, np.eye(3), 0.0)
    with pytest.raises(ValueError, match=r"\[3, 3\]"):
        Match(pairs, yes, np.eye(2), 0.0)
    with pytest.raises(ValueError, match="cannot be worth"):
        Match(pairs, yes, np.eye(3), 2.5)
    match = Match(pairs, yes, np.eye(3), 1.5)
    assert match.inlier_count == 2
    with pytest.raises(ValueError, match="read-only"):
        match.inliers[0] = False


@pytest.mark.slow
def test_an_installation_that_cannot_be_written_to_still_matches(tmp_path):
    """The compiled code is cached where possible; where nothing is writable it is compiled in memory."""
    package = Path(glocal.matching.__file__).parents[1]
    copy = tmp_path / "site" / "glocal"
    ignore = shutil.ignore_patterns("__pycache__", "weights")
    shutil.copytree(package, copy, ignore=ignore)
    blocker = copy / "matching" / "__pycache__"
    blocker.write_text("a file where the cache folder would be")
    home = tmp_path / "home"
    home.write_text("a file where the user's folder would be")
    program = (
        "import numpy as np; from glocal.matching.hamming import mutual_nearest;"
        "print(len(mutual_nearest(*[np.arange(64, dtype=np.uint8).reshape(4, 16)] * 2)[0]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(copy.parent), "HOME": str(home), "XDG_CACHE_HOME": str(home)}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert run.stdout == "4\n", run.stderr

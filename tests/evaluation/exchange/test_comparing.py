"""Features of two codes beside each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.exchange import PhotoFeatures, compare_features, photo_features, write_features
from glocal.evaluation.exchange.comparing import compare_photo
from glocal.extraction import LocalMap
from glocal.features import Features


def made(count: int = 40) -> PhotoFeatures:
    random = np.random.default_rng(1)
    places = np.stack(np.divmod(random.permutation(400)[:count], 20), axis=1).astype(np.float32) * 16
    scales = np.where(random.random(count) < 0.5, 1.0, 2.0).astype(np.float32)
    rows = random.standard_normal((count, 8)).astype(np.float32)
    return PhotoFeatures(None, places, scales, random.uniform(1, 9, count).astype(np.float32), rows, rows[0])


def test_the_same_features_in_another_order_do_not_differ() -> None:
    told = made()
    order = np.random.default_rng(2).permutation(len(told.scores))
    other = replace(
        told,
        keypoints=told.keypoints[order],
        scales=told.scales[order],
        scores=told.scores[order],
        descriptors=told.descriptors[order],
    )
    found = compare_photo("x", told, other)
    assert (found.shared, found.position, found.score, found.descriptor) == (40, 0.0, 0.0, 0.0)
    assert found.similarity == pytest.approx(1.0)


def test_what_differs_is_told() -> None:
    told = made()
    keypoints, scores, scales = told.keypoints.copy(), told.scores.copy(), told.scales.copy()
    keypoints[3] += (0.3, 0.4)
    scores[5] += 0.9
    scales[7] *= 1.5
    keypoints[9] += 500
    found = compare_photo("x", told, replace(told, keypoints=keypoints, scores=scores, scales=scales))
    assert found.shared == 38
    assert found.position == pytest.approx(0.5, abs=1e-5)
    assert found.score == pytest.approx(0.9 / scores.max(), abs=1e-5)


def test_photos_are_found_by_name_and_lengths_must_agree(tmp_path: Path) -> None:
    write_features(tmp_path / "a", iter([("one.jpg", made()), ("two.jpg", made())]))
    write_features(tmp_path / "b", iter([("two.png", made()), ("three.png", made())]))
    assert [one.name for one in compare_features(tmp_path / "a", tmp_path / "b")] == ["two"]
    write_features(tmp_path / "c", iter([("two.png", replace(made(), descriptors=made().descriptors[:, :3]))]))
    with pytest.raises(EvaluationError, match="two: local descriptors have 8 and 3 values"):
        list(compare_features(tmp_path / "a", tmp_path / "c"))
    write_features(tmp_path / "d", iter([("four.png", made())]))
    with pytest.raises(EvaluationError, match="no photo in common"):
        list(compare_features(tmp_path / "a", tmp_path / "d"))


def test_positions_are_where_the_originals_put_them() -> None:
    """A cell (row 2, column 3) of stride 32 at half the size: the originals put it at (3, 2) * 32 / 0.5."""
    local = LocalMap(32.0, -1.5, 291, 8, 0.0, "float16")
    step = 2.0
    ours = (np.array([[3, 2]]) * 32 - 1.5 + 0.5) * step - 0.5
    rows = np.eye(1, 8, dtype=np.float32) - 0.5
    rows /= np.linalg.norm(rows)
    keypoints, scales = ours.astype(np.float32), np.array([2 * step], np.float32)
    features = Features((640, 480), keypoints, scales, np.ones(1, np.float32), rows[0], rows, "float16")
    told = photo_features(features, local)
    assert (told.keypoints.tolist(), told.scales.tolist()) == ([[192.0, 128.0]], [2.0])
    assert (told.descriptors == rows).all()
    bits = photo_features(replace(features, kind="binary"), local)
    assert np.allclose(bits.descriptors, np.sign(rows) * 8**-0.5)

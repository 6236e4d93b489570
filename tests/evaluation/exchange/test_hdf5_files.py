"""hloc's files, read and written by h5py beside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

h5py = pytest.importorskip("h5py")

from glocal.evaluation.errors import EvaluationError  # noqa: E402
from glocal.evaluation.exchange import PhotoFeatures, read_descriptors, read_features, write_features  # noqa: E402
from glocal.evaluation.exchange.feature_files import feature_names  # noqa: E402


def made(seed: int) -> PhotoFeatures:
    random = np.random.default_rng(seed)
    rows = [random.standard_normal(shape).astype(np.float32) for shape in ((5, 2), 5, 5, (5, 7), 6)]
    return PhotoFeatures((640, 480), *rows)


def test_a_file_has_the_layout_of_hloc(tmp_path: Path) -> None:
    told = made(1)
    write_features(tmp_path / "x.h5", iter([("db/1.jpg", told)]))
    with h5py.File(tmp_path / "x.h5") as file:
        group = file["db/1.jpg"]
        assert (group["descriptors"][()] == told.descriptors.T).all()
        assert (group["keypoints"][()] == told.keypoints).all()
        assert (group["scores"][()] == told.scores).all()
        assert group["image_size"][()].tolist() == [640, 480]
        assert (group["global_descriptor"][()] == told.global_descriptor).all()


def test_files_of_hloc_are_read_in_16_bits_and_without_scales(tmp_path: Path) -> None:
    told = made(2)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        group = file.create_group("query/a/b.png")
        group["keypoints"], group["scores"] = told.keypoints.astype(np.float16), told.scores
        group["descriptors"] = told.descriptors.T
        file.create_group("db.jpg")["global_descriptor"] = told.global_descriptor
    assert feature_names(tmp_path / "x.h5") == ["db.jpg", "query/a/b.png"]
    read = read_features(tmp_path / "x.h5", "query/a/b.png")
    assert np.allclose(read.keypoints, told.keypoints, atol=2e-3)
    assert (read.scales == 1).all()
    wanted = told.global_descriptor / np.linalg.norm(told.global_descriptor)
    assert np.allclose(read_descriptors(tmp_path / "x.h5", ["db"]), wanted[None], atol=1e-6)
    with pytest.raises(EvaluationError, match="has no global_descriptor"):
        read_descriptors(tmp_path / "x.h5", ["query/a/b"])


def test_damage_and_absence_are_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no such file"):
        read_features(tmp_path / "x.h5", "a")
    (tmp_path / "x.h5").write_bytes(b"no")
    with pytest.raises(EvaluationError, match="not an HDF5 file"):
        read_features(tmp_path / "x.h5", "a")

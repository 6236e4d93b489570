"""Features in Parquet, read by pyarrow alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

parquet = pytest.importorskip("pyarrow.parquet")

from glocal.evaluation.exchange import PhotoFeatures, write_feature_file  # noqa: E402


def made(seed: int) -> PhotoFeatures:
    """Features of a photo: every third has none, every fourth has no global descriptor and no known size."""
    random = np.random.default_rng(seed)
    count = 0 if seed % 3 == 0 else int(random.integers(1, 9))
    shapes = ((count, 2), count, count, (count, 7))
    keypoints, scales, scores, descriptors = (random.standard_normal(shape).astype(np.float32) for shape in shapes)
    known = seed % 4 > 0
    size, whole = ((640, 480), np.float32(random.random(6))) if known else (None, None)
    return PhotoFeatures(size, keypoints, scales, scores, descriptors, whole)


@pytest.mark.parametrize("count", [0, 1, 64, 150])
def test_every_photo_is_a_row(tmp_path: Path, count: int) -> None:
    file = tmp_path / "x.parquet"
    told = [(f"a/{seed}.jpg" if seed else "caf\udce9.jpg", made(seed)) for seed in range(count)]
    assert write_feature_file(file, iter(told)) == count
    found = parquet.read_table(file).to_pylist()
    for row, (name, features) in zip(found, told, strict=True):
        assert row["name"] == name.replace("\udce9", "\\udce9")
        assert (row["width"], row["height"]) == (features.image_size or (0, 0))
        whole = row["global_descriptor"]
        expected = features.global_descriptor
        assert whole == (None if expected is None else expected.tolist())
        for column in ("keypoints", "scales", "scores", "descriptors"):
            expected = getattr(features, column)
            np.testing.assert_array_equal(np.float32(row[column]).reshape(expected.shape), expected)
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]

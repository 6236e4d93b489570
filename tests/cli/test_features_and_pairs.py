"""Features and pairs in files, on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from stored_arrays import read_npz

from glocal import load_model
from glocal.collection import Collection

TURKEYS = EXAMPLES / "triple_turkey"


@pytest.mark.slow
def test_features_of_a_collection_and_of_photos(glocal, small_collection, tmp_path):
    """Stored and fresh ones are the same, and are what the library says."""
    assert "wrote features of" in glocal("features", "-c", small_collection, "--out", tmp_path / "all.npz").err
    glocal("features", TURKEYS, "--root", EXAMPLES, "--out", tmp_path / "some.npz")
    stored, fresh = (read_npz(tmp_path / name) for name in ("all.npz", "some.npz"))
    names = stored["names"].tolist()
    assert sorted(names) == names
    assert fresh["names"].tolist() == [name for name in names if name.startswith("triple_turkey/")]
    with Collection.open(small_collection) as collection:
        for number, name in enumerate(fresh["names"]):
            row = names.index(name)
            view = collection.view(collection.photo_at(EXAMPLES / name).id)
            np.testing.assert_array_equal(stored["global_descriptors"][row], view.descriptor)
            assert stored["global_descriptors"][row] @ fresh["global_descriptors"][number] > 0.9999
            at = slice(stored["starts"][row], stored["starts"][row + 1])
            np.testing.assert_array_equal(stored["keypoints"][at], view.local.keypoints)
            own = slice(fresh["starts"][number], fresh["starts"][number + 1])
            np.testing.assert_array_equal(stored["descriptors"][at] > 0, fresh["descriptors"][own] > 0)
            extracted = load_model().extract(EXAMPLES / name)
            np.testing.assert_allclose(fresh["keypoints"][own], extracted.keypoints)


def test_features_for_hloc(glocal, small_collection, tmp_path):
    h5py = pytest.importorskip("h5py")
    glocal("features", "-c", small_collection, "--out", tmp_path / "f.h5")
    with h5py.File(tmp_path / "f.h5") as file:
        group = file["triple_turkey/turkey_01.jpg"]
        assert group["descriptors"].shape == (128, len(group["keypoints"]))


def test_features_for_tables(glocal, small_collection, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    glocal("features", "-c", small_collection, "--out", tmp_path / "f.parquet")
    glocal("features", "-c", small_collection, "--out", tmp_path / "f.npz")
    expected = read_npz(tmp_path / "f.npz")
    found = parquet.read_table(tmp_path / "f.parquet").to_pylist()
    assert [row["name"] for row in found] == expected["names"].tolist()
    for number, row in enumerate(found):
        at = slice(expected["starts"][number], expected["starts"][number + 1])
        assert [row["width"], row["height"]] == expected["sizes"][number].tolist()
        np.testing.assert_array_equal(np.float32(row["global_descriptor"]), expected["global_descriptors"][number])
        for name in ("keypoints", "scales", "scores", "descriptors"):
            np.testing.assert_array_equal(np.float32(row[name]), expected[name][at])


@pytest.mark.slow
def test_pairs_are_of_one_thing_first(glocal, small_collection, tmp_path):
    ended = glocal("pairs", "-c", small_collection, "--top", 1, "--out", tmp_path / "pairs.txt")
    assert f"named from {EXAMPLES}" in ended.err
    pairs = [line.split() for line in (tmp_path / "pairs.txt").read_text().splitlines()]
    assert len(pairs) >= 6
    assert all(Path(first).parent == Path(second).parent for first, second in pairs)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["features", "--out", "x.npz"], "name photos, or a collection"),
        (["features", TURKEYS, "--out", "x.csv"], "end the name in one of .npz, .parquet, .h5, .hdf5"),
        (["pairs", "-c", "COLLECTION"], "say what to write"),
        (["pairs", "-c", "COLLECTION", "--out", "x", "--root", TURKEYS], "lies not below"),
    ],
)
def test_mistakes_are_one_line(glocal, small_collection, arguments, said):
    ended = glocal(*(small_collection if one == "COLLECTION" else one for one in arguments))
    assert (ended.code, said in " ".join(ended.err.split())) == (2, True)

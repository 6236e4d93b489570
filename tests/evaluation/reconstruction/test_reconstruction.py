"""Pairs and matches for structure from motion: what hloc and COLMAP read from them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from toy_model import ToyModel
from toy_photos import picture, save

from glocal.collection import Collection
from glocal.errors import GlocalError
from glocal.evaluation.reconstruction import (
    ImagePair,
    StoredImage,
    matched_pairs,
    stored_images,
    write_colmap,
    write_matches,
    write_pairs,
)
from glocal.matching import match_features


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures, each with a part of it in a folder of its own."""
    root = tmp_path_factory.mktemp("photos")
    (root / "parts").mkdir()
    for seed in (0, 1):
        save(root / f"{seed}.png", picture(seed, 480, 360))
        save(root / "parts" / f"{seed}.png", np.ascontiguousarray(picture(seed, 480, 360)[20:340, 30:460]))
    return root


@pytest.fixture(scope="module")
def images_and_pairs(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[StoredImage], list[ImagePair]]:
    with Collection.create(tmp_path_factory.mktemp("c") / "c", ToyModel()) as collection:
        collection.add(root)
        images = list(stored_images(collection, root))
        with pytest.raises(GlocalError, match="lies not below"):
            list(stored_images(collection, root / "parts"))
        return images, list(matched_pairs(collection, images, 1))


def test_each_photo_is_paired_with_its_part_once(images_and_pairs, tmp_path):
    images, pairs = images_and_pairs
    assert [image.name for image in images] == ["0.png", "1.png", "parts/0.png", "parts/1.png"]
    write_pairs(tmp_path / "pairs.txt", pairs)
    assert (tmp_path / "pairs.txt").read_text() == "0.png parts/0.png\n1.png parts/1.png\n"
    for pair in pairs:
        alone = match_features(pair.first.view.local, pair.second.view.local)
        np.testing.assert_array_equal(pair.match.correspondences, alone.correspondences)


def test_features_have_the_layout_of_other_codes(images_and_pairs):
    for image in images_and_pairs[0]:
        features = image.features()
        assert features.descriptors.shape == (len(image.view.local), 8 * image.view.local.codes.shape[1])
        np.testing.assert_allclose(np.linalg.norm(features.descriptors, axis=1), 1, rtol=1e-5)
        bits = np.packbits(features.descriptors > 0, axis=1)
        np.testing.assert_array_equal(bits, image.view.local.codes)


def test_matches_as_hloc_reads_them(images_and_pairs, tmp_path):
    """By its own rule (hloc/utils/io.py): a match of row i of the first with row matches0[i], where that is not -1."""
    h5py = pytest.importorskip("h5py")
    _, pairs = images_and_pairs
    write_matches(tmp_path / "matches.h5", pairs)
    with h5py.File(tmp_path / "matches.h5") as file:
        group = file["0.png"]["parts-0.png"]
        matches0, scores0 = group["matches0"][:], group["matching_scores0"][:]
    assert len(matches0) == len(scores0) == len(pairs[0].first.view.local)
    rows = np.flatnonzero(matches0 != -1)
    expected = pairs[0].match.correspondences
    np.testing.assert_array_equal(np.stack([rows, matches0[rows]], axis=1), expected[np.argsort(expected[:, 0])])
    assert (scores0 == 1).sum() == pairs[0].match.inlier_count


def test_a_colmap_database(images_and_pairs, root, tmp_path):
    pycolmap = pytest.importorskip("pycolmap")
    images, pairs = images_and_pairs
    assert write_colmap(tmp_path / "db.db", root, images, pairs) == []
    database = pycolmap.Database.open(tmp_path / "db.db")
    ids = {image.name: image.image_id for image in database.read_all_images()}
    for image in images:
        keypoints = database.read_keypoints(ids[image.name])[:, :2]
        np.testing.assert_allclose(keypoints, image.view.local.keypoints + 0.5, atol=1e-3)
    verified = database.read_two_view_geometry(ids["0.png"], ids["parts/0.png"])
    assert len(verified.inlier_matches) > 15
    assert len(verified.inlier_matches) <= len(pairs[0].match)
    database.close()
    with pytest.raises(GlocalError, match="is there already"):
        write_colmap(tmp_path / "db.db", root, images, pairs)


def test_without_pycolmap_it_is_said(images_and_pairs, root, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    with pytest.raises(GlocalError, match=re.escape("pip install pycolmap")):
        write_colmap(tmp_path / "db.db", root, *images_and_pairs)
    assert list(tmp_path.iterdir()) == []

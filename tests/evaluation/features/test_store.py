"""Extraction in shards: stopped and continued, damaged, or of another model."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from glocal.collection.catalog.packed_features import pack
from glocal.errors import PhotoError
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.features.store import extract_shards
from glocal.features import Features


class BytesExtractor:
    """Makes features out of a file's bytes: deterministic, and different for every file."""

    def __init__(self, stop_at: str | None = None) -> None:
        self.fingerprint = "bytes"
        self.stop_at = stop_at
        self.seen: list[str] = []

    def extract_many(self, photos: Iterable[Path]) -> Iterator[tuple[Path, Features | PhotoError]]:
        for path in photos:
            if path.name == self.stop_at:
                raise KeyboardInterrupt
            self.seen.append(path.name)
            content = path.read_bytes()
            yield path, PhotoError(str(path), "is no photo") if content == b"bad" else features_of(content)


def features_of(content: bytes) -> Features:
    rng = np.random.default_rng(list(hashlib.sha256(content).digest()))
    vector = rng.normal(size=8)
    count = int(rng.integers(0, 5))
    return Features(
        image_size=(640, 480),
        keypoints=rng.uniform(0, 480, (count, 2)).astype(np.float32),
        scales=np.ones(count, np.float32),
        attention=np.sort(rng.random(count))[::-1].astype(np.float32),
        global_descriptor=(vector / np.linalg.norm(vector)).astype(np.float32),
        descriptors=rng.normal(size=(count, 128)).astype(np.float32),
    )


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    (tmp_path / "photos").mkdir()
    paths = [tmp_path / "photos" / f"{number:02}.jpg" for number in range(10)]
    for number, path in enumerate(paths):
        path.write_bytes(b"photo" * (number + 1))
    return paths


def test_everything_comes_back(photos: list[Path], tmp_path: Path) -> None:
    store = extract_shards(BytesExtractor(), photos, tmp_path / "work", shard_rows=4)
    expected = [features_of(path.read_bytes()) for path in photos]
    np.testing.assert_array_equal(store.descriptors(), [one.global_descriptor for one in expected])
    for row, one in enumerate(expected):
        assert pack(store.local(row)) == pack(one.compact())
    assert store.extracted == 10
    assert np.concatenate(list(store.blocks())).shape == (10, 8)


def test_a_stopped_run_continues_with_the_shard_it_was_in(photos: list[Path], tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        extract_shards(BytesExtractor(stop_at="06.jpg"), photos, tmp_path / "work", shard_rows=4)
    again = BytesExtractor()
    progress: list[tuple[str, int, int | None]] = []
    store = extract_shards(
        again, photos, tmp_path / "work", shard_rows=4, stage="photos", on_progress=lambda *now: progress.append(now)
    )
    assert again.seen == [f"{number:02}.jpg" for number in range(4, 10)]
    assert progress == [("photos", done, 10) for done in range(4, 11)]
    assert store.extracted == 6
    fresh = extract_shards(BytesExtractor(), photos, tmp_path / "fresh", shard_rows=4)
    np.testing.assert_array_equal(store.descriptors(), fresh.descriptors())
    nothing = BytesExtractor()
    assert extract_shards(nothing, photos, tmp_path / "work", shard_rows=4).extracted == 0
    assert nothing.seen == []


def test_half_precision(photos: list[Path], tmp_path: Path) -> None:
    store = extract_shards(BytesExtractor(), photos, tmp_path / "work", dtype=np.float16)
    assert store.descriptors().dtype == np.float16


def test_an_unreadable_photo_stops_the_run(photos: list[Path], tmp_path: Path) -> None:
    photos[5].write_bytes(b"bad")
    with pytest.raises(EvaluationError, match=r"05\.jpg: is no photo; every photo of the set is needed"):
        extract_shards(BytesExtractor(), photos, tmp_path / "work", shard_rows=4)


def test_another_model_or_other_photos_are_refused(photos: list[Path], tmp_path: Path) -> None:
    extract_shards(BytesExtractor(), photos, tmp_path / "work")
    other = BytesExtractor()
    other.fingerprint = "another"
    with pytest.raises(EvaluationError, match="features of another model"):
        extract_shards(other, photos, tmp_path / "work")
    with pytest.raises(EvaluationError, match="features of another names"):
        extract_shards(BytesExtractor(), photos[::-1], tmp_path / "work")
    photos[0].write_bytes(b"a changed photo")
    with pytest.raises(EvaluationError, match="features of another names"):
        extract_shards(BytesExtractor(), photos, tmp_path / "work")


@pytest.mark.parametrize("name", ["00001.npy", "00001.local", "00001.offsets.int64"])
@pytest.mark.parametrize("damage", ["truncate", "delete"])
def test_a_damaged_shard_is_found_before_extraction(photos: list[Path], tmp_path: Path, name: str, damage: str) -> None:
    extract_shards(BytesExtractor(), photos, tmp_path / "work", shard_rows=4)
    path = tmp_path / "work" / name
    if damage == "delete":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-8])
    again = BytesExtractor()
    if name.endswith(".npy") and damage == "delete":
        # Without its .npy a shard is simply not done yet.
        assert extract_shards(again, photos, tmp_path / "work", shard_rows=4).extracted == 4
        return
    with pytest.raises(EvaluationError, match="00001"):
        extract_shards(again, photos, tmp_path / "work", shard_rows=4)
    assert again.seen == []

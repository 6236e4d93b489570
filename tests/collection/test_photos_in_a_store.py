"""Photos whose originals lie in a store: a collection of them is as one of the same files on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from object_store import SECRET, ObjectStore, at, nowhere
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.collection import Collection, Where, doubt
from glocal.errors import StoreError
from glocal.features import Features, Region
from glocal.images import Address, Photo

pytestmark = pytest.mark.slow


def counts(collection: Collection, *paths: object) -> tuple[int, int, int, int, int]:
    report = collection.add(list(paths))
    return report.added, report.updated, report.renamed, report.unchanged, len(report.unreadable)


def test_it_is_indexed_and_searched_as_from_disk(
    filled: Collection, photos: Path, object_store: ObjectStore, bucket: str, tmp_path: Path
) -> None:
    object_store.put_folder(bucket, photos)
    stored = Collection.create(tmp_path / "stored", ToyModel())
    assert counts(stored, f"s3://{bucket}") == (6, 0, 0, 0, 0)
    assert [str(photo.path) for photo in stored.photos()] == [f"s3://{bucket}/{number}.png" for number in range(6)]
    assert np.array_equal(stored.descriptors()[1], filled.descriptors()[1])
    found, expected = stored.search(photos / "3.png"), filled.search(photos / "3.png")
    assert [(hit.path.name, hit.inliers, hit.probability) for hit in found] == [
        (hit.path.name, hit.inliers, hit.probability) for hit in expected
    ]
    assert stored.search(f"s3://{bucket}/3.png")[0].path == Address(f"s3://{bucket}/3.png")
    assert len(stored.select(Where.of(f"folder=s3://{bucket}"))) == 6
    assert len(stored.select(Where.of(f"folder=s3://{bucket[:-1]}"))) == 0
    assert stored.check(files=True).is_sound
    assert stored.remove(f"s3://{bucket}") == 6


def test_only_what_changed_is_read_again(object_store: ObjectStore, bucket: str, photos: Path, tmp_path: Path) -> None:
    object_store.put_folder(bucket, photos)
    model = ToyModel()
    collection = Collection.create(tmp_path / "collection", model)
    collection.add([f"s3://{bucket}"])
    model.extracted.clear()
    assert counts(collection, f"s3://{bucket}") == (0, 0, 0, 6, 0)
    object_store.put(f"{bucket}/0.png", save_photo(tmp_path / "other.png", 77).read_bytes())
    object_store.put(f"{bucket}/1.png", (photos / "1.png").read_bytes())  # the same, written again
    object_store.put(f"{bucket}/moved/2.png", (photos / "2.png").read_bytes())
    object_store.delete(f"{bucket}/2.png")
    assert counts(collection, f"s3://{bucket}") == (0, 1, 1, 4, 0)
    assert model.extracted == ["0.png"]
    assert [str(photo.path) for photo in collection.photos()][-1] == f"s3://{bucket}/moved/2.png"


def test_only_deleted_objects_are_missing(object_store: ObjectStore, bucket: str, photos: Path, tmp_path: Path) -> None:
    object_store.put_folder(bucket, photos)
    collection = Collection.create(tmp_path / "collection", ToyModel())
    assert counts(collection, photos, f"s3://{bucket}") == (12, 0, 0, 0, 0)
    with at(nowhere()):
        assert collection.missing() == []
        with pytest.raises(StoreError, match="cannot be reached"):
            collection.add([f"s3://{bucket}"])
        assert counts(collection, photos) == (0, 0, 0, 6, 0)
    with at(object_store.url.replace("127.0.0.1", "localhost")):
        object_store.delete(f"{bucket}/4.png")
        assert collection.missing() == [Address(f"s3://{bucket}/4.png")]
    everywhere = [photo.path for photo in collection.photos()]
    assert doubt(everywhere, collection.missing()) == ""
    in_store = [path for path in everywhere if isinstance(path, Address)]
    assert doubt(everywhere, in_store) == f"no photo is left below s3://{bucket}"
    assert "12 photos are missing" in doubt(everywhere, everywhere)


def test_doubt_of_a_store_names_the_folder_that_is_empty() -> None:
    known = [Address(f"s3://bucket/{name}") for name in ("a/1.jpg", "a/2.jpg", "b/3.jpg")]
    assert doubt([*known, Path("/photos/1.jpg")], known[2:]) == "no photo is left below s3://bucket/b"


def test_a_store_that_fails_meanwhile_is_asked_again_by_the_next_run(
    object_store: ObjectStore, bucket: str, photos: Path, tmp_path: Path
) -> None:
    object_store.put_folder(bucket, photos)

    class Failing(ToyModel):
        """A model that cannot fetch a photo, once."""

        def extract(self, photo: Photo, region: Region | None = None) -> Features:
            if isinstance(photo, Address) and photo.name == "3.png" and "failed" not in self.extracted:
                self.extracted.append("failed")
                raise StoreError(str(photo), "the store cannot be reached")
            return super().extract(photo, region)

    collection = Collection.create(tmp_path / "collection", Failing())
    assert counts(collection, f"s3://{bucket}") == (5, 0, 0, 0, 1)
    assert counts(collection, f"s3://{bucket}") == (1, 0, 0, 5, 0)


def test_nothing_of_who_asks_is_kept(object_store: ObjectStore, bucket: str, photos: Path, tmp_path: Path) -> None:
    object_store.put_folder(bucket, photos)
    with Collection.create(tmp_path / "collection", ToyModel()) as collection:
        collection.add([f"s3://{bucket}"])
    kept = b"".join(path.read_bytes() for path in (tmp_path / "collection").rglob("*") if path.is_file())
    assert bucket.encode() in kept
    for secret in (SECRET, "tester", object_store.url):
        assert secret.encode() not in kept

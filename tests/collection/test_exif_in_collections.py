"""Date, place and camera in a collection: read at indexing, searched by, kept apart from the user's metadata."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from toy_model import ToyModel
from toy_photos import picture

from glocal.collection import Collection, Where
from glocal.errors import UnknownPhotoError


def save(path: Path, seed: int, year: int, place: tuple[float, float]) -> Path:
    exif = Image.Exif()
    exif[0x0110] = f"Camera {seed}"
    exif.get_ifd(0x8769)[0x9003] = f"{year}:05:06 07:08:09"
    latitude, longitude = place
    exif.get_ifd(0x8825).update({1: "N", 2: (latitude, 0.0, 0.0), 3: "E", 4: (longitude, 0.0, 0.0)})
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(picture(seed)).save(path, exif=exif)
    return path


@pytest.fixture
def trips(tmp_path: Path) -> Path:
    for seed, (year, place) in enumerate([(2019, (48, 9)), (2020, (48, 9)), (2021, (10, 100)), (2021, (48, 9))]):
        save(tmp_path / ("a" if seed < 2 else "b") / f"{seed}.jpg", seed, year, place)
    return tmp_path


def names(collection: Collection, *conditions: str) -> list[str]:
    ids = collection.select(Where.of(*conditions)).tolist()
    return sorted(record.path.name for record in collection.photos_with_ids(ids).values())


def test_photos_are_chosen_by_what_the_camera_wrote(trips: Path, model: ToyModel) -> None:
    with Collection.create(trips / "collection", model) as collection:
        collection.add([trips / "a", trips / "b"])
        assert names(collection, "date=2021") == ["2.jpg", "3.jpg"]
        assert names(collection, "date>=2020", "gps=47,8,49,10") == ["1.jpg", "3.jpg"]
        assert names(collection, f"folder={trips / 'b'}", "gps=47,8,49,10") == ["3.jpg"]
        assert names(collection, "camera=camera 2") == ["2.jpg"]
        assert names(collection, "folder=/nowhere") == []
        found = collection.search(trips / "a" / "0.jpg", allowed=Where.of("date=2021"), mode="fast")
        assert sorted(hit.path.name for hit in found) == ["2.jpg", "3.jpg"]


def test_own_metadata_comes_first_and_neither_touches_the_other(trips: Path, model: ToyModel) -> None:
    photo = trips / "a" / "0.jpg"
    with Collection.create(trips / "collection", model) as collection:
        collection.add([trips / "a"])
        collection.annotate(photo, {"date": "1950-01-01", "title": "found in a box"})
        assert names(collection, "date=1950") == ["0.jpg"]
        assert collection.photo_at(photo).exif["date"] == "2019-05-06T07:08:09"
        save(photo, 7, 2023, (1, 2))  # another picture under the same name
        collection.add([trips / "a"])
        record = collection.photo_at(photo)
        assert record.metadata == {"date": "1950-01-01", "title": "found in a box"}
        assert record.exif == {"date": "2023-05-06T07:08:09", "latitude": 1, "longitude": 2, "camera": "Camera 7"}
        collection.annotate(photo, {})
        assert names(collection, "date=2023") == ["0.jpg"]
        for keep in (collection.annotate, lambda path, values: collection.update_metadata([(path, values)])):
            with pytest.raises(ValueError, match="camera wrote"):
                keep(photo, {"exif": {}})


def test_collections_from_before_gain_it_without_extraction(trips: Path, model: ToyModel) -> None:
    with Collection.create(trips / "collection", model) as collection:
        collection.add([trips / "a"])
        with collection._catalog.change() as change:  # as an older version left it
            change._execute("UPDATE photos SET metadata = '{\"n\": 1}'")
            change._execute("UPDATE photos SET metadata_digest = row_digest(CAST(metadata AS BLOB))")
        model.extracted.clear()
        assert names(collection, "date=2019") == []
        report = collection.add([trips / "a"])
        assert (report.unchanged, model.extracted) == (2, [])
        assert names(collection, "date=2019", "n=1") == ["0.jpg"]
        assert collection.check().is_sound
        generation = collection.counts().generation
        collection.add([trips / "a"])
        assert collection.counts().generation == generation


def test_damaged_metadata_stays_told(trips: Path, model: ToyModel) -> None:
    """Reading the file again must not put a new digest over damage."""
    with Collection.create(trips / "collection", model) as collection:
        collection.add([trips / "a"])
        with collection._catalog.change() as change:
            change._execute("UPDATE photos SET metadata = '{\"n\": 1}' WHERE id = 1")
        collection.add([trips / "a"])
        assert not collection.check().is_sound


def test_keys_are_set_and_removed_all_or_none(filled: Collection, photos: Path) -> None:
    filled.annotate(photos / "1.png", {"a": 1, "b": None})
    assert filled.update_metadata([(photos, {"c": [2]}), (photos / "1.png", {"a": None})]) == len(filled)
    assert filled.photo_at(photos / "1.png").metadata == {"b": None, "c": [2]}
    assert filled.update_metadata([(photos, {"c": [2]})]) == 0
    with pytest.raises(UnknownPhotoError):
        filled.update_metadata([(photos, {"d": 1}), (photos / "none.png", {"d": 1})])
    with pytest.raises(ValueError):
        filled.update_metadata([(photos, {"d": 1}), (photos / "2.png", {"d": float("nan")})])
    assert all("d" not in photo.metadata for photo in filled.photos())

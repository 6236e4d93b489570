"""Photos of a collection: removed, named, paged, counted, described."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from toy_model import ToyModel
from toy_photos import picture

from glocal.collection import Collection, Counts
from glocal.errors import CollectionError


def test_remove_takes_photos_and_folders_and_leaves_the_files(filled: Collection, photos: Path) -> None:
    deep = photos / "deep"
    deep.mkdir()
    shutil.copy(photos / "0.png", deep / "a.png")
    shutil.copy(photos / "1.png", photos / "deeper.png")  # begins with the folder's name, but is not below it
    filled.add([photos])
    assert filled.remove([deep, photos / "3.png", photos / "3.png"]) == 2
    assert {photo.path.name for photo in filled.photos()} == {f"{n}.png" for n in (0, 1, 2, 4, 5)} | {"deeper.png"}
    assert (photos / "3.png").exists()
    assert photos / "3.png" not in {hit.path for hit in filled.search(picture(3))}
    assert filled.remove(photos) == 6
    assert len(filled) == 0
    assert filled.check().is_sound


def test_remove_of_something_unknown_removes_nothing(filled: Collection, photos: Path) -> None:
    with pytest.raises(CollectionError, match=r"unknown\.png: not in the collection"):
        filled.remove([photos / "1.png", photos / "unknown.png"])
    assert len(filled) == 6


def test_relative_paths_name_the_same_photos(filled: Collection, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(photos)
    assert filled.add(["1.png", "./2.png", "../photos/3.png"]).unchanged == 3
    assert len(filled.features("1.png")) > 0
    assert filled.remove(["1.png", "../photos/2.png"]) == 2


def test_ids_are_never_used_again(filled: Collection, photos: Path) -> None:
    last = max(photo.id for photo in filled.photos())
    filled.remove([photos])
    filled.add([photos])
    assert min(photo.id for photo in filled.photos()) > last


def test_missing_names_files_that_are_gone(filled: Collection, photos: Path) -> None:
    (photos / "1.png").unlink()
    (photos / "4.png").unlink()
    assert filled.missing() == [photos / "1.png", photos / "4.png"]
    assert len(filled) == 6


def test_photos_pages_through_all(filled: Collection, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glocal.collection.stored_photos._PAGE", 2)
    assert [photo.path for photo in filled.photos()] == sorted(photos.iterdir())


def test_features_of_an_unreadable_and_of_an_unknown_photo(empty: Collection, photos: Path) -> None:
    (photos / "1.png").write_bytes(b"no photo")
    empty.add([photos])
    with pytest.raises(CollectionError, match=r"1\.png: has no features, as it cannot be read: "):
        empty.features(photos / "1.png")
    with pytest.raises(CollectionError, match=r"x\.png: not in the collection"):
        empty.features(photos / "x.png")


def test_descriptors_of_all(filled: Collection, photos: Path) -> None:
    """Row by row those of the photos' views, before they are brought to length 1."""
    (photos / "x.png").write_bytes(b"no photo")
    filled.add(photos / "x.png")
    ids, descriptors = filled.descriptors()
    indexed = [photo.id for photo in filled.photos() if photo.indexed]
    assert ids.tolist() == sorted(indexed)
    for photo, row in zip(ids.tolist(), descriptors, strict=True):
        np.testing.assert_allclose(row / np.linalg.norm(row), filled.view(photo).descriptor, atol=1e-6)
    filled.remove(photos)
    assert [len(one) for one in filled.descriptors()] == [0, 0]


def test_metadata_is_json(filled: Collection, photos: Path) -> None:
    filled.annotate(photos / "1.png", {"a": [1, None, "ü"]})
    assert [photo.metadata for photo in filled.photos()][:3] == [{}, {"a": [1, None, "ü"]}, {}]
    with pytest.raises(ValueError):
        filled.annotate(photos / "1.png", {"a": float("nan")})
    with pytest.raises(TypeError):
        filled.annotate(photos / "1.png", {"a": b"bytes"})


def test_damaged_features_name_their_photo(filled: Collection, photos: Path) -> None:
    with sqlite3.connect(filled.directory / "catalog.sqlite") as connection:
        connection.execute("UPDATE features SET packed = CAST(x'00' || packed AS BLOB) WHERE photo = 2")
    connection.close()
    filled.search(picture(1))
    assert [str(damage) for damage in filled.damage] == [f"{photos / '1.png'}: damaged in the catalog: local features"]


def test_a_closed_collection_says_so(filled: Collection) -> None:
    filled.close()
    with pytest.raises(CollectionError, match="closed; open it again"):
        len(filled)


@pytest.mark.skipif(os.name == "nt", reason="folders of Windows have other permissions")
def test_create_leaves_nothing_when_it_fails(tmp_path: Path, model: ToyModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(CollectionError, match="No space left"):
        Collection.create(tmp_path / "new", model)
    monkeypatch.undo()
    assert not Collection.exists(tmp_path / "new")
    with Collection.create(tmp_path / "new", model) as created:
        assert len(created) == 0


def test_counts_follow_every_change(filled: Collection, photos: Path, tmp_path: Path) -> None:
    def counted() -> Counts:
        records = list(filled.photos())
        with filled._catalog.snapshot() as snapshot:
            generation = snapshot.commit().generation
        searchable = sum(record.indexed for record in records)
        return Counts(searchable, len(records) - searchable, generation)

    assert filled.counts() == filled.counts() == counted()
    (tmp_path / "broken.png").write_bytes(b"no photo")
    filled.add(tmp_path / "broken.png")
    assert filled.counts() == counted()
    with Collection.open(filled.directory, filled.model) as other:
        other.remove(photos / "0.png")
    assert filled.counts() == counted()
    assert len(filled) == counted().photos == 5


def test_photos_of_an_unchanged_collection_are_counted_once(filled: Collection) -> None:
    queries: list[str] = []
    filled.counts()
    with filled._catalog.snapshot() as snapshot:  # the connection that the next reader borrows
        snapshot._connection.set_trace_callback(queries.append)
    filled.counts()
    assert any("FROM commits" in query for query in queries)
    assert not any("count(" in query for query in queries)

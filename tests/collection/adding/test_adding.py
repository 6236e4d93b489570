from __future__ import annotations

import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from toy_model import ToyModel
from toy_photos import picture, save, save_photo

from glocal.collection import AddReport, Collection
from glocal.errors import PhotoError
from glocal.features import Features, Region, View
from glocal.images import Photo, content_hash, read_photo


def add(collection: Collection, model: ToyModel, *paths: Path) -> AddReport:
    """Add; check what every run must keep; return the report with no time in it."""
    model.extracted.clear()
    report = collection.add(paths)
    assert collection.check().is_sound
    for photo in collection.photos():
        if photo.indexed and not photo.reason and photo.path.exists():
            assert_features_are_of_the_file(collection, model, photo.path)
    return replace(report, seconds=0.0)


def assert_features_are_of_the_file(collection: Collection, model: ToyModel, path: Path) -> None:
    fresh = ToyModel().extract(path)
    stored = collection.features(path)
    np.testing.assert_array_equal(stored.codes, fresh.compact().codes)
    np.testing.assert_array_equal(stored.keypoints, fresh.compact().keypoints)
    similarities = {hit.path: hit.similarity for hit in collection.candidates([View.of(fresh)], 100)}
    assert similarities[path] == pytest.approx(1, abs=1e-3)


def report(
    added: int = 0,
    updated: int = 0,
    renamed: int = 0,
    unchanged: int = 0,
    unreadable: tuple[tuple[Path, str], ...] = (),
) -> AddReport:
    return AddReport(added, updated, renamed, unchanged, unreadable, 0.0)


def break_photo(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def reason_of(path: Path) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    return caught.value.reason


def test_adding_again_reads_nothing(empty: Collection, photos: Path, model: ToyModel) -> None:
    assert add(empty, model, photos) == report(added=6)
    assert len(empty) == 6
    assert add(empty, model, photos) == report(unchanged=6)
    assert model.extracted == []


def test_only_what_is_new_is_extracted(filled: Collection, photos: Path, model: ToyModel) -> None:
    save_photo(photos / "new.png", 50)
    assert add(filled, model, photos) == report(added=1, unchanged=6)
    assert model.extracted == ["new.png"]


def test_a_changed_file_is_extracted_again_under_its_id(filled: Collection, photos: Path, model: ToyModel) -> None:
    before = {photo.path: photo.id for photo in filled.photos()}
    save_photo(photos / "2.png", 60)
    assert add(filled, model, photos) == report(updated=1, unchanged=5)
    assert {photo.path: photo.id for photo in filled.photos()} == before


def test_a_touched_file_is_not_extracted(filled: Collection, photos: Path, model: ToyModel) -> None:
    os.utime(photos / "2.png", (1, 1))
    assert add(filled, model, photos) == report(unchanged=6)
    assert model.extracted == []
    assert next(photo.file.mtime_ns for photo in filled.photos() if photo.path.name == "2.png") == 10**9


def test_a_moved_file_keeps_id_features_and_metadata(filled: Collection, photos: Path, model: ToyModel) -> None:
    filled.annotate(photos / "1.png", {"title": "Brücke"})
    before = {photo.path.name: photo.id for photo in filled.photos()}
    (photos / "sub").mkdir()
    (photos / "1.png").rename(photos / "sub" / "moved.png")
    assert add(filled, model, photos) == report(renamed=1, unchanged=5)
    assert model.extracted == []
    moved = next(photo for photo in filled.photos() if photo.path.name == "moved.png")
    assert (moved.id, moved.metadata) == (before["1.png"], {"title": "Brücke"})
    assert len(filled) == 6


def test_a_whole_folder_may_move(filled: Collection, photos: Path, model: ToyModel) -> None:
    target = photos.rename(photos.with_name("elsewhere"))
    assert add(filled, model, target) == report(renamed=6)
    assert model.extracted == []
    assert filled.missing() == []


def test_a_copy_shares_features_without_extraction(filled: Collection, photos: Path, model: ToyModel) -> None:
    shutil.copy(photos / "1.png", photos / "copy.png")
    assert add(filled, model, photos) == report(added=1, unchanged=6)
    assert model.extracted == []
    assert len(filled) == 7


def test_copies_among_new_photos_are_extracted_once(empty: Collection, photos: Path, model: ToyModel) -> None:
    for name in ("6.png", "7.png", "8.png"):
        shutil.copy(photos / "1.png", photos / name)
    assert add(empty, model, photos) == report(added=9)
    assert sorted(model.extracted) == ["0.png", "1.png", "2.png", "3.png", "4.png", "5.png"]


def test_one_file_moved_and_copied(filled: Collection, photos: Path, model: ToyModel) -> None:
    shutil.copy(photos / "1.png", photos / "x.png")
    (photos / "1.png").rename(photos / "y.png")
    assert add(filled, model, photos) == report(added=1, renamed=1, unchanged=5)
    assert model.extracted == []
    assert len(filled) == 7


def test_two_files_that_change_places(filled: Collection, photos: Path, model: ToyModel) -> None:
    (photos / "1.png").rename(photos / "spare")
    (photos / "2.png").rename(photos / "1.png")
    (photos / "spare").rename(photos / "2.png")
    os.utime(photos / "1.png", (5, 5))
    os.utime(photos / "2.png", (6, 6))
    assert add(filled, model, photos) == report(updated=2, unchanged=4)


def test_a_new_photo_under_the_name_of_a_moved_one(filled: Collection, photos: Path, model: ToyModel) -> None:
    (photos / "1.png").rename(photos / "z.png")
    save_photo(photos / "1.png", 70)
    assert add(filled, model, photos) == report(added=1, updated=1, unchanged=5)
    assert len(filled) == 7


def test_a_moved_file_that_replaced_another(filled: Collection, photos: Path, model: ToyModel) -> None:
    (photos / "1.png").rename(photos / "2.png")
    assert add(filled, model, photos) == report(updated=1, unchanged=4)
    assert model.extracted == []
    assert filled.missing() == [photos / "1.png"]


def test_unreadable_photos_are_reported_and_tried_again_when_changed(
    empty: Collection, photos: Path, model: ToyModel
) -> None:
    broken = photos / "1.png"
    break_photo(broken)
    shutil.copy(broken, photos / "9.png")
    expected = tuple((path, reason_of(path)) for path in (broken, photos / "9.png"))
    assert add(empty, model, photos) == report(added=5, unreadable=expected)
    assert model.extracted.count("1.png") + model.extracted.count("9.png") == 1
    assert len(empty) == 5

    assert add(empty, model, photos) == report(unchanged=5, unreadable=expected)
    os.utime(broken, (1, 1))
    assert add(empty, model, photos) == report(unchanged=5, unreadable=expected)
    assert model.extracted == []

    save_photo(broken, 1)
    assert add(empty, model, photos) == report(added=1, unchanged=5, unreadable=expected[1:])
    assert len(empty) == 6


def test_a_photo_that_becomes_unreadable_is_still_found(filled: Collection, photos: Path, model: ToyModel) -> None:
    good = (photos / "1.png").read_bytes()
    break_photo(photos / "1.png")
    broken = ((photos / "1.png", reason_of(photos / "1.png")),)
    assert add(filled, model, photos) == report(unchanged=5, unreadable=broken)
    assert len(filled) == 6
    assert filled.search(picture(1))[0].path == photos / "1.png"
    assert [photo.reason for photo in filled.photos() if photo.reason] == [broken[0][1]]

    (photos / "1.png").write_bytes(good)
    assert add(filled, model, photos) == report(unchanged=6)
    assert model.extracted == []
    assert not any(photo.reason for photo in filled.photos())


def test_an_empty_file_is_unreadable(empty: Collection, tmp_path: Path, model: ToyModel) -> None:
    nothing = tmp_path / "empty.jpg"
    nothing.touch()
    unreadable = ((nothing, reason_of(nothing)),)
    assert add(empty, model, nothing) == report(unreadable=unreadable)
    assert add(empty, model, nothing) == report(unreadable=unreadable)
    save(nothing, picture(1))
    assert add(empty, model, nothing) == report(added=1)


def test_names_that_are_not_text(empty: Collection, tmp_path: Path, model: ToyModel) -> None:
    name = os.fsdecode(b"caf\xe9 \n \xff.png")
    path = save_photo(tmp_path / "a.png", 1).rename(tmp_path / name)
    assert add(empty, model, path) == report(added=1)
    assert [os.fsencode(photo.path.name) for photo in empty.photos()] == [b"caf\xe9 \n \xff.png"]
    assert empty.search(path)[0].path == path
    assert empty.remove([path]) == 1


def test_a_missing_path_is_refused_before_anything_is_done(empty: Collection, photos: Path) -> None:
    with pytest.raises(PhotoError, match="nowhere"):
        empty.add([photos, photos / "nowhere"])
    assert list(empty.photos()) == []


def test_one_path_needs_no_list(empty: Collection, photos: Path) -> None:
    assert empty.add(str(photos)).added == 6


def test_progress_counts_to_the_end(empty: Collection, photos: Path) -> None:
    break_photo(photos / "3.png")
    shutil.copy(photos / "1.png", photos / "copy.png")
    seen: list[tuple[str, int, int | None]] = []
    empty.add([photos], on_progress=lambda *progress: seen.append(progress))
    assert seen == [("indexing", done, 7) for done in range(1, 8)]


def test_what_an_interrupted_run_had_done_is_kept(empty: Collection, photos: Path, model: ToyModel) -> None:
    def stop(_stage: str, done: int, _total: int | None) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        empty.add([photos], on_progress=stop)
    assert len(empty) == 3
    again = add(empty, model, photos)
    assert again == report(added=3, unchanged=3)


def test_a_photo_removed_while_its_copy_is_added_is_extracted_after_all(
    filled: Collection, photos: Path, model: ToyModel
) -> None:
    """The copy was to share features that are gone when its batch is committed."""
    shutil.copy(photos / "1.png", photos / "copy.png")
    (photos / "2.png").rename(photos / "moved.png")

    def remove(_stage: str, done: int, _total: int | None) -> None:
        if done == 7:
            with sqlite3.connect(filled.directory / "catalog.sqlite") as other:
                other.execute("PRAGMA foreign_keys = ON")
                other.execute("DELETE FROM photos WHERE path LIKE '%/1.png' OR path LIKE '%/2.png'")
            other.close()

    model.extracted.clear()
    result = filled.add([photos / f"{n}.png" for n in (0, 3, 4, 5)] + [photos], on_progress=remove)
    assert filled.check().is_sound
    assert result.added + result.renamed + result.unchanged == 7
    assert {photo.path.name for photo in filled.photos()} >= {"copy.png", "moved.png"}
    for name in ("copy.png", "moved.png"):
        assert_features_are_of_the_file(filled, model, photos / name)


class Overtaken(ToyModel):
    """Before it reads a photo the first few times, somebody writes another one there, of the same size and time."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def extract(self, photo: Photo, region: Region | None = None) -> Features:
        if self.times and isinstance(photo, Path):
            self.times -= 1
            before = photo.stat()
            Image.fromarray(picture(100 + self.times)).save(photo)
            assert photo.stat().st_size == before.st_size
            os.utime(photo, ns=(before.st_atime_ns, before.st_mtime_ns))
        return super().extract(photo, region)


@pytest.mark.parametrize("times", [1, 2])
def test_a_file_that_changes_between_hashing_and_decoding(tmp_path: Path, times: int) -> None:
    photo, model = tmp_path / "photo.bmp", Overtaken(times)
    Image.fromarray(picture(1)).save(photo)
    with Collection.create(tmp_path / "collection", model) as collection:
        assert collection.add(photo).added == 1
        assert next(collection.photos()).file.content_hash == content_hash(photo)
        assert_features_are_of_the_file(collection, model, photo)


def test_a_file_that_never_stands_still_is_given_up_until_the_next_run(tmp_path: Path) -> None:
    photo, model = tmp_path / "photo.bmp", Overtaken(3)
    Image.fromarray(picture(1)).save(photo)
    with Collection.create(tmp_path / "collection", model) as collection:
        reason = "changes while it is read; index it again when it is complete"
        assert collection.add(photo).unreadable == ((photo, reason),)
        assert collection.add(photo).added == 1
        assert_features_are_of_the_file(collection, model, photo)

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from toy_model import ToyModel
from toy_photos import picture

from glocal.collection import Collection, check
from glocal.collection.catalog.open_files import forget_open, note_open
from glocal.errors import CollectionError, ModelError


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_was_created_opens_again(tmp_path: Path, model: ToyModel, photos: Path) -> None:
    with Collection.create(tmp_path / "new" / "deep", model) as created:
        created.add([photos])
    with Collection.open(tmp_path / "new" / "deep", model) as opened:
        assert len(opened) == 6
        assert [photo.path for photo in opened.photos()] == sorted(photos.iterdir())
        assert all((photo.width, photo.height) == (240, 180) for photo in opened.photos())


def test_create_refuses_a_collection_and_a_foreign_folder(empty: Collection, photos: Path, model: ToyModel) -> None:
    before = contents(empty.directory), contents(photos)
    with pytest.raises(CollectionError, match="already holds a collection"):
        Collection.create(empty.directory, model)
    with pytest.raises(CollectionError, match="holds other files"):
        Collection.create(photos, model)
    with pytest.raises(CollectionError, match="cannot be made"):
        Collection.create(photos / "0.png", model)
    assert (contents(empty.directory), contents(photos)) == before


def test_open_refuses_a_missing_collection(tmp_path: Path, photos: Path) -> None:
    with pytest.raises(CollectionError, match=r"no collection here; create one with `glocal index"):
        Collection.open(tmp_path / "nowhere")
    with pytest.raises(CollectionError, match="no collection here"):
        Collection.open(photos)
    assert not (tmp_path / "nowhere").exists()
    assert sorted(path.suffix for path in photos.iterdir()) == [".png"] * 6


def test_open_refuses_another_model_and_changes_nothing(filled: Collection) -> None:
    filled.close()
    before = contents(filled.directory)
    with pytest.raises(ModelError, match=r"indexed with model toy .* not with model other .*; use that model"):
        Collection.open(filled.directory, ToyModel("other"))
    assert contents(filled.directory) == before


def test_a_model_of_the_same_name_but_other_weights_is_told_apart(filled: Collection, model: ToyModel) -> None:
    object.__setattr__(model.card.files["float32"], "sha256", "0" * 64)
    with pytest.raises(ModelError, match=r"of fingerprint [0-9a-f]{12}, not with .* of fingerprint [0-9a-f]{12};"):
        Collection.open(filled.directory, model)


def test_a_remembered_model_that_is_gone_is_named_when_it_is_needed(filled: Collection) -> None:
    with Collection.open(filled.directory) as opened:
        assert len(opened) == 6
        with pytest.raises(ModelError, match="toy"):
            opened.search(picture(1))


def test_a_newer_format_is_refused_and_nothing_changes(filled: Collection, model: ToyModel) -> None:
    filled.close()
    with sqlite3.connect(filled.directory / "catalog.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = contents(filled.directory)
    with pytest.raises(CollectionError, match=r"newer glocal \(format 99, this one knows 3\); upgrade glocal"):
        Collection.open(filled.directory, model)
    assert contents(filled.directory) == before


NO_CATALOGS = [b"", b"SQLite format 3\0", b"x" * 200, b"SQLite format 3\0" + b"x" * 200]


@pytest.mark.parametrize("content", NO_CATALOGS)
def test_what_is_no_catalog_is_refused_and_nothing_changes(tmp_path: Path, model: ToyModel, content: bytes) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(content)
    with pytest.raises(CollectionError):
        Collection.open(tmp_path, model)
    assert contents(tmp_path) == {"catalog.sqlite": content}


@pytest.mark.parametrize("content", NO_CATALOGS)
def test_it_is_refused_under_the_inode_of_a_catalog_that_was_never_closed(
    tmp_path: Path, model: ToyModel, content: bytes
) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(content)
    file = note_open(path)
    assert file is not None
    try:
        with pytest.raises(CollectionError, match=r"damaged|not a glocal catalog"):
            Collection.open(tmp_path, model)
    finally:
        forget_open(file)
    assert contents(tmp_path) == {"catalog.sqlite": content}


@pytest.mark.parametrize("number", [0, -1])
def test_a_format_that_never_was_is_damage(filled: Collection, model: ToyModel, number: int) -> None:
    filled.close()
    with closing(sqlite3.connect(filled.directory / "catalog.sqlite")) as connection:
        connection.execute(f"PRAGMA user_version = {number}")
    with pytest.raises(CollectionError, match=r"damaged|newer"):
        Collection.open(filled.directory, model)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "catalog.sqlite") as connection:
        connection.execute("CREATE TABLE photos (id)")
    connection.close()
    with pytest.raises(CollectionError, match="not a glocal catalog"):
        Collection.open(tmp_path)


def test_damage_inside_is_a_clear_error(filled: Collection, model: ToyModel) -> None:
    filled.close()
    path = filled.directory / "catalog.sqlite"
    content = bytearray(path.read_bytes())
    content[1024:] = bytes(len(content) - 1024)
    path.write_bytes(content)
    with pytest.raises(CollectionError, match="damaged"):
        Collection.open(filled.directory, model)
    assert not check(filled.directory).is_sound

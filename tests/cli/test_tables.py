"""What is known of photos as an SQLite file, against what the library says, and as the docs describe it."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.collection import Collection

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pictures, one of them twice, one under a name that is no UTF-8, and a file that is no photo."""
    folder = tmp_path_factory.mktemp("shelf")
    photos = folder / "photos"
    photos.mkdir()
    for number in range(2):
        save_photo(photos / f"{number}.png", number)
    shutil.copy(photos / "1.png", photos / "again.png")
    save_photo(photos / "2.png", 2)
    (photos / "2.png").rename(os.fsdecode(os.fsencode(photos) + b"/caf\xe9\n.png"))
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    with Collection.create(folder / "collection", ToyModel()) as collection:
        collection.add([photos])
        own = {"place": "Bern", "year": 1999, "seen": True, "tags": ["a", "b"], "latitude": 46.9, "longitude": 7.4}
        collection.annotate(photos / "0.png", own)
    return folder / "collection"


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def test_every_photo_with_what_is_known_of_it(glocal, shelf, tmp_path):
    file = tmp_path / "shelf.db"
    assert "wrote 5 photos, 6 metadata: " in glocal("tables", "-c", shelf, "--out", file).err
    with Collection.open(shelf, ToyModel()) as collection:
        known = {record.id: record for record in collection.photos()}
    for photo, path, size, digest, *shown in rows(
        file, "SELECT id, path, bytes, content_hash, width, height, indexed, reason FROM photos"
    ):
        record = known.pop(photo)
        assert path.encode().replace(b"\\udce9", b"\xe9") == os.fsencode(record.path)
        assert (size, bytes.fromhex(digest)) == (record.path.stat().st_size, record.file.content_hash)
        assert shown == [record.width, record.height, record.indexed, record.reason]
    assert not known
    assert [name for (name,) in rows(file, "SELECT name FROM photos WHERE NOT indexed")] == ["broken.jpg"]
    assert rows(file, "SELECT name, latitude, longitude FROM photos WHERE latitude") == [("0.png", 46.9, 7.4)]
    query = "SELECT key, value FROM metadata JOIN photos ON id = photo WHERE name = '0.png' AND key < 'm' OR key > 'p'"
    expected = {("latitude", 46.9), ("longitude", 7.4), ("place", "Bern"), ("year", 1999), ("seen", 1)}
    assert set(rows(file, query)) == expected | {("tags", '["a", "b"]')}
    assert {name for (name,) in rows(file, "SELECT name FROM sqlite_schema WHERE type = 'table'")} == {
        "photos",
        "metadata",
    }


@pytest.mark.slow
def test_copies_and_albums(tmp_path, shelf):
    file = tmp_path / "shelf.db"
    with Collection.open(shelf, ToyModel()) as collection:
        counts = collection.write_tables(file, duplicates=True, albums=True)
        (group,) = collection.duplicates()
        albums = collection.albums()
    kept = group.keep()
    expected = {(kept.photo.id, kept.photo.id, "", 0)} | {(copy.photo.id, kept.photo.id, "", 1) for copy in kept.copies}
    assert set(rows(file, "SELECT * FROM duplicates")) == expected
    assert counts.duplicates == len(expected) == 2
    assert set(rows(file, "SELECT photo, album FROM albums")) == {
        (photo.id, album.name) for album in albums for photo in album.photos
    }
    assert counts.albums > 0
    assert rows(file, "PRAGMA foreign_key_check") == []
    assert rows(file, "PRAGMA integrity_check") == [("ok",)]


def test_tables_are_replaced_and_nothing_else_is(glocal, shelf, tmp_path):
    file = tmp_path / "shelf.db"
    for _ in range(2):
        assert glocal("tables", "-c", shelf, "--out", file).code == 0
    for other in (shelf / "catalog.sqlite", shelf.parent / "photos" / "0.png", shelf):
        before = other.is_file() and other.read_bytes()
        ended = glocal("tables", "-c", shelf, "--out", other)
        assert (ended.code, len(ended.err.splitlines())) == (2, 1)
        assert (other.is_file() and other.read_bytes()) == before
    ended = glocal("tables", "-c", shelf, "--out", tmp_path / "no" / "shelf.db")
    assert (ended.code, len(ended.err.splitlines())) == (2, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["shelf.db"]


def test_the_docs_describe_every_column(shelf, tmp_path):
    file = tmp_path / "shelf.db"
    with Collection.open(shelf, ToyModel()) as collection:
        collection.write_tables(file, duplicates=True, albums=True)
    page = (ROOT / "docs" / "libraries.md").read_text("utf-8")
    for table in ("photos", "metadata", "duplicates", "albums"):
        (described,) = re.findall(rf"^\| `{table}` \| (.*) \|$", page, re.MULTILINE)
        columns = [name for (name,) in rows(file, f"SELECT name FROM pragma_table_info('{table}')")]
        assert re.findall(r"`(\w+)`", described) == columns

"""Catalogs that former versions wrote, kept in `formats/`, are read for ever."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from toy_model import ToyModel
from toy_photos import picture, save_photo

from glocal.collection import Collection, check
from glocal.collection.catalog import migrations
from glocal.errors import CollectionError

FORMATS = Path(__file__).parent / "formats"
PHOTOS = Path("/tmp/fixture/photos")

CODES = {
    "0.png": "a660d3fe456d47970e18d70a4728a7ba6a87aedf38bab489057eb3808584b993",
    "1.png": "ebb962b307924c62d904ea4342bce35f607bbd83e6c631fc20e286a1de2271b2",
    "2.png": "f6e00258fe8db5b427e6f511d04965eccea9c3487ab90bc7220de5d2323703d6",
}
"""SHA-256 of the local codes, as the version that wrote the catalog read them back."""


def kept(folder: Path, older: int) -> Path:
    folder.mkdir()
    shutil.copy(FORMATS / f"format-{older}.sqlite", folder / "catalog.sqlite")
    return folder


def format_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("older", [1, 2])
def test_all_that_a_former_version_wrote_is_there(tmp_path: Path, older: int) -> None:
    folder = kept(tmp_path / "c", older)
    with Collection.open(folder, ToyModel()) as opened:
        records = {photo.path.name: photo for photo in opened.photos()}
        codes = {name: hashlib.sha256(opened.features(PHOTOS / name).codes.tobytes()).hexdigest() for name in CODES}
        found = [hit.path.name for hit in opened.search(picture(1), top=3, rerank=0)]
        assert opened.check().is_sound
    assert {name: photo.id for name, photo in records.items()} == {"0.png": 1, "1.png": 2, "2.png": 3, "broken.png": 5}
    assert [name for name, photo in records.items() if not photo.indexed] == ["broken.png"]
    assert records["1.png"].metadata == {"year": 1999, "place": "Zürich"}
    assert codes == CODES
    assert found[0] == "1.png"
    assert sorted(found) == sorted(CODES)


@pytest.mark.parametrize("older", [1, 2])
def test_ids_go_on_where_the_former_version_stopped(tmp_path: Path, older: int) -> None:
    new = save_photo(tmp_path / "new.png", 9)
    with Collection.open(kept(tmp_path / "c", older), ToyModel()) as opened:
        opened.add(new)
        record = opened.photo_at(new)
    assert record is not None
    assert record.id == 6


@pytest.mark.parametrize("older", [1, 2])
def test_a_copy_is_kept_until_the_first_clean_check(tmp_path: Path, older: int) -> None:
    folder = kept(tmp_path / "c", older)
    copy = folder / f"catalog.format-{older}.sqlite"
    Collection.open(folder, ToyModel()).close()
    assert format_of(folder / "catalog.sqlite") == 3
    assert format_of(copy) == older
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE photos SET width = width + 1 WHERE id = 1")
    assert not check(folder).is_sound
    assert copy.exists()
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE photos SET width = width - 1 WHERE id = 1")
    assert check(folder).is_sound
    assert not copy.exists()


def test_features_that_were_damaged_before_are_found_after(tmp_path: Path) -> None:
    folder = kept(tmp_path / "c", 1)
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE features SET packed = zeroblob(99) WHERE photo = 2")
    damage = check(folder).damage
    assert [(found.photo, found.part) for found in damage] == [(2, "local features")]


def test_a_step_that_fails_leaves_the_former_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = kept(tmp_path / "c", 1)

    def fail(connection: sqlite3.Connection) -> None:
        migrations._add_digests(connection)
        raise sqlite3.OperationalError("no luck")

    with monkeypatch.context() as patch:
        patch.setitem(migrations.MIGRATIONS, 2, fail)
        with pytest.raises(CollectionError, match="no luck"):
            Collection.open(folder, ToyModel())
    assert format_of(folder / "catalog.sqlite") == 1
    with Collection.open(folder, ToyModel()) as opened:
        assert opened.check().is_sound


def test_many_that_open_a_former_format_migrate_it_once(tmp_path: Path) -> None:
    folder = kept(tmp_path / "c", 1)

    def photos(_: int) -> int:
        with Collection.open(folder, ToyModel()) as opened:
            return len(opened)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(photos, range(4))) == [3] * 4
    assert check(folder).is_sound


def hide_in_log(folder: Path, change: Callable[[sqlite3.Connection], object]) -> None:
    """Change the catalog such that its log alone knows, as a killed process leaves it."""
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        change(connection)
        connection.commit()
        for name in ("catalog.sqlite", "catalog.sqlite-wal"):
            shutil.copy(folder / name, folder / f"{name}.kept")
    for name in ("catalog.sqlite", "catalog.sqlite-wal"):
        (folder / f"{name}.kept").replace(folder / name)


def test_a_newer_format_is_refused_even_if_only_the_log_says_so(tmp_path: Path) -> None:
    folder = kept(tmp_path / "c", 2)
    hide_in_log(folder, lambda connection: connection.execute("PRAGMA user_version = 99"))
    assert (folder / "catalog.sqlite").read_bytes()[60:64] == (2).to_bytes(4, "big")
    with pytest.raises(CollectionError, match=r"newer glocal \(format 99, this one knows 3\); upgrade glocal"):
        Collection.open(folder, ToyModel())


def test_a_catalog_with_code_of_its_own_is_refused(tmp_path: Path) -> None:
    folder = kept(tmp_path / "c", 2)
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection, connection:
        connection.execute("CREATE TRIGGER t AFTER DELETE ON photos BEGIN DELETE FROM meta; END")
    with pytest.raises(CollectionError, match="trigger or view that is not glocal's"):
        Collection.open(folder, ToyModel())

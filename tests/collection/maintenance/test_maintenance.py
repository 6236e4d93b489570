"""Checks of files, backups, restores, compacting, and what a repair names."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from toy_model import ToyModel
from toy_photos import picture, save_photo

from glocal.collection import Collection, check
from glocal.collection.catalog import Catalog
from glocal.errors import CollectionError, PhotoError
from glocal.features import Features


def names(folder: Path) -> list[str]:
    with Collection.open(folder, ToyModel()) as collection:
        return [photo.path.name for photo in collection.photos()]


def test_files_that_are_damaged_changed_and_missing_are_told_apart(filled: Collection, photos: Path) -> None:
    status = (photos / "1.png").stat()
    content = bytearray((photos / "1.png").read_bytes())
    content[-20] ^= 1
    (photos / "1.png").write_bytes(content)
    os.utime(photos / "1.png", ns=(status.st_atime_ns, status.st_mtime_ns))
    save_photo(photos / "2.png", 77)
    (photos / "3.png").unlink()
    assert filled.check().is_sound
    report = filled.check(files=True)
    assert {file.path.name: file.state for file in report.files} == {
        "1.png": "damaged",
        "2.png": "changed",
        "3.png": "missing",
    }
    assert not report.is_sound
    (photos / "1.png").unlink()
    assert filled.check(files=True).is_sound  # what changed or went is no damage


def test_a_backup_is_of_one_moment_while_photos_come_and_go(filled: Collection, photos: Path, tmp_path: Path) -> None:
    done = threading.Event()

    def change() -> None:
        with Collection.open(filled.directory, ToyModel()) as other:
            number = 0
            while not done.is_set():
                other.annotate(photos / "0.png", {"n": number})
                other.annotate(photos / "1.png", {"n": number})
                number += 1

    writer = threading.Thread(target=change)
    writer.start()
    try:
        for _ in range(3):
            filled.backup(tmp_path / "backup")
            with Collection.open(tmp_path / "backup", ToyModel()) as copy:
                first, second = (copy.photo_at(photos / name) for name in ("0.png", "1.png"))
                assert first is not None
                assert second is not None
                assert first.metadata.get("n", -1) - second.metadata.get("n", -1) in (0, 1)
            assert check(tmp_path / "backup").is_sound
    finally:
        done.set()
        writer.join()


def test_a_backup_that_is_level_stays_and_a_foreign_folder_is_refused(
    filled: Collection, photos: Path, tmp_path: Path
) -> None:
    assert not filled.backup(tmp_path / "backup").unchanged
    assert filled.backup(tmp_path / "backup").unchanged
    filled.remove([photos / "0.png"])
    assert not filled.backup(tmp_path / "backup").unchanged
    assert names(tmp_path / "backup") == names(filled.directory)
    with pytest.raises(CollectionError, match="holds other files"):
        filled.backup(photos)
    with Collection.create(tmp_path / "other", ToyModel()) as other:
        other.add([photos / "1.png"])
        with pytest.raises(CollectionError, match="holds another collection"):
            other.backup(tmp_path / "backup")


def test_a_damaged_collection_does_not_replace_its_backup(filled: Collection, tmp_path: Path) -> None:
    filled.backup(tmp_path / "backup")
    filled.close()
    before = (tmp_path / "backup" / "catalog.sqlite").read_bytes()
    with closing(sqlite3.connect(filled.directory / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE descriptors SET vector = zeroblob(length(vector)) WHERE photo = 2")
    with Collection.open(filled.directory, ToyModel()) as opened:
        opened.annotate(next(opened.photos()).path, {"new": 1})
        with pytest.raises(CollectionError, match="is damaged; run `glocal repair` first"):
            opened.backup(tmp_path / "backup")
    assert (tmp_path / "backup" / "catalog.sqlite").read_bytes() == before


def test_a_backup_is_restored_beside_and_in_place(filled: Collection, photos: Path, tmp_path: Path) -> None:
    filled.annotate(photos / "2.png", {"place": "Zürich"})
    filled.backup(tmp_path / "backup")
    filled.remove([photos / "2.png"])
    Collection.restore(tmp_path / "backup", tmp_path / "beside")
    with pytest.raises(CollectionError, match="already holds a collection"):
        Collection.restore(tmp_path / "backup", filled.directory)
    with pytest.raises(CollectionError, match="is in use"):
        Collection.restore(tmp_path / "backup", filled.directory, replace=True)
    filled.close()
    Collection.restore(tmp_path / "backup", filled.directory, replace=True)
    assert (filled.directory / "catalog.before-restore.sqlite").exists()
    for folder in (tmp_path / "beside", filled.directory):
        with Collection.open(folder, ToyModel()) as opened:
            record = opened.photo_at(photos / "2.png")
            assert record is not None
            assert record.metadata == {"place": "Zürich"}
            assert opened.search(picture(2), top=1, rerank=0)[0].path == photos / "2.png"
        assert check(folder).is_sound


def test_compacting_gives_back_what_removed_photos_took(filled: Collection, photos: Path) -> None:
    filled.remove([photos / f"{number}.png" for number in range(4)])
    report = filled.compact()
    assert report.bytes_after < 0.6 * report.bytes_before
    assert filled.check().is_sound
    assert len(filled) == 2


def test_what_a_repair_cannot_bring_back_is_named(filled: Collection, photos: Path) -> None:
    filled.annotate(photos / "5.png", {"place": "Bern"})
    filled.close()
    with closing(sqlite3.connect(filled.directory / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE features SET packed = zeroblob(50) WHERE photo IN (1, 2)")
        connection.execute("UPDATE photos SET width = 3 WHERE id IN (3, 6)")
        connection.execute('UPDATE photos SET metadata = \'{"place": "Bonn"}\' WHERE id = 4')
    (photos / "0.png").unlink()
    (photos / "2.png").unlink()
    report = Collection.repair(filled.directory, ToyModel())
    assert [path.name for path in report.extracted] == ["1.png", "5.png"]
    lost = "\n".join(sorted(report.lost))
    for said in ("0.png: its features", "photo 3,", '3.png: its metadata, b\'{"place": "Bonn"}\''):
        assert said in lost
    assert len(report.lost) == 3
    (still,) = Collection.repair(filled.directory, ToyModel()).lost  # until it is removed, or its file comes back
    assert "0.png: its features" in still
    assert check(filled.directory).is_sound
    with Collection.open(filled.directory, ToyModel()) as opened:
        assert [photo.path.name for photo in opened.photos() if photo.indexed] == ["1.png", "3.png", "4.png", "5.png"]
        record = opened.photo_at(photos / "5.png")
        assert record is not None
        assert record.metadata == {"place": "Bern"}


def test_the_last_commit_is_missed_when_its_log_is_gone(filled: Collection, photos: Path, tmp_path: Path) -> None:
    filled.annotate(photos / "0.png", {"a": 1})
    for name in ("catalog.sqlite", "last.commit"):  # as of a crash, without the log
        (tmp_path / name).write_bytes((filled.directory / name).read_bytes())
    assert (filled.directory / "catalog.sqlite-wal").stat().st_size > 0
    catalog = Catalog(tmp_path / "catalog.sqlite")
    assert catalog.lost_changes
    catalog.close()
    assert "missing from the catalog" in check(tmp_path).structure[0]
    Collection.repair(tmp_path, ToyModel())
    assert check(tmp_path).is_sound


def test_a_repair_goes_on_under_those_that_have_the_collection_open(filled: Collection, photos: Path) -> None:
    damage_features(filled, 1)
    assert filled.search(photos / "0.png", rerank=0, top=1)
    with pytest.raises(CollectionError, match="its features are damaged; run `glocal repair`"):
        filled.features(photos / "0.png")
    assert [damage.photo for damage in filled.damage] == [1]
    before = filled.counts().generation
    report = Collection.repair(filled.directory, ToyModel())
    assert ([path.name for path in report.extracted], report.lost) == (["0.png"], ())
    assert filled.search(photos / "0.png", rerank=0, top=1)[0].path == photos / "0.png"
    assert len(filled.features(photos / "0.png")) > 0
    assert filled.damage == []
    assert filled.counts().generation > before
    filled.annotate(photos / "1.png", {"place": "Bern"})
    assert filled.check().is_sound
    kept = filled.directory / "catalog.damaged.sqlite"
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT count(*) FROM photos").fetchone() == (6,)
    filled.close()
    assert check(filled.directory).is_sound


def test_a_repair_loses_nothing_that_is_written_while_it_runs(filled: Collection, photos: Path) -> None:
    over, acknowledged = threading.Event(), [0]

    def annotate() -> None:
        while not over.wait(0.01):  # so that the repair has its turn
            filled.annotate(photos / "5.png", {"number": acknowledged[0] + 1})
            acknowledged[0] += 1

    writer = threading.Thread(target=annotate)
    writer.start()
    try:
        for _ in range(3):
            damage_features(filled, 2)
            with suppress(CollectionError):  # written to in between, or for too long: then nothing was done
                Collection.repair(filled.directory, ToyModel())
    finally:
        over.set()
        writer.join()
    record = filled.photo_at(photos / "5.png")
    assert record is not None
    assert record.metadata == {"number": acknowledged[0]}
    Collection.repair(filled.directory, ToyModel())
    assert filled.check().is_sound


def damage_features(collection: Collection, photo: int) -> None:
    """As a flipped bit on the disk does it: SQLite knows nothing of it."""
    with closing(sqlite3.connect(collection.directory / "catalog.sqlite", timeout=20)) as connection, connection:
        connection.execute("UPDATE features SET packed = zeroblob(50) WHERE photo = ?", (photo,))


class Stopped(ToyModel):
    """Stops, as Ctrl-C does, before it has read anything."""

    def extract_many(self, photos: Iterable[Path]) -> Iterator[tuple[Path, Features | PhotoError]]:
        raise KeyboardInterrupt


def test_a_repair_that_was_stopped_is_finished_by_the_next(filled: Collection, photos: Path) -> None:
    damage_features(filled, 1)
    with pytest.raises(KeyboardInterrupt):
        Collection.repair(filled.directory, Stopped())
    assert not filled.photo_at(photos / "0.png").indexed
    assert [path.name for path in Collection.repair(filled.directory, ToyModel()).extracted] == ["0.png"]
    assert filled.photo_at(photos / "0.png").indexed
    assert Collection.repair(filled.directory, ToyModel()).extracted == ()

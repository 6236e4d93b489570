"""Shards checked, repaired, copied and compacted together."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from shards import make_shards
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.cluster import Cluster
from glocal.collection import Judgement
from glocal.errors import CollectionError

SHARDS, PHOTOS = 3, 9


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    files = [tmp_path / f"{seed}.png" for seed in range(PHOTOS)]
    for seed, path in enumerate(files):
        save_photo(path, seed)
    make_shards(tmp_path / "root", files, SHARDS, ToyModel())
    with Cluster.open(tmp_path / "root", ToyModel()) as opened:
        yield opened


def harm(cluster: Cluster, photo: int) -> None:
    """Change a bit of what is stored of a photo."""
    shard = cluster.shards[photo % SHARDS].directory
    with closing(sqlite3.connect(shard / "catalog.sqlite")) as connection:
        row = (photo // SHARDS,)
        (packed,) = connection.execute("SELECT packed FROM features WHERE photo = ?", row).fetchone()
        changed = packed[:-1] + bytes([packed[-1] ^ 1])
        connection.execute("UPDATE features SET packed = ? WHERE photo = ?", (changed, *row))
        connection.commit()


def test_damage_in_any_shard_is_found_and_repaired(cluster: Cluster, tmp_path: Path) -> None:
    assert cluster.check(files=True).is_sound
    harmed = {photo.id: photo.path for photo in cluster.photos() if photo.path.name in ("2.png", "5.png", "7.png")}
    for photo in harmed:
        harm(cluster, photo)
    report = cluster.check()
    assert (report.is_sound, report.photos) == (False, PHOTOS)
    assert {damage.photo: damage.path for damage in report.damage} == harmed
    repaired = Cluster.repair(cluster.directory, ToyModel())
    assert set(repaired.found.damage) == set(report.damage)
    assert {path.name for path in repaired.extracted} == {"2.png", "5.png", "7.png"}
    assert repaired.lost == ()
    assert cluster.check().is_sound


def test_what_looks_after_shards_says_which_is_missing(cluster: Cluster, tmp_path: Path) -> None:
    root, gone = cluster.directory, cluster.shards[1].directory
    gone.rename(tmp_path / "aside")
    for look_after in (
        cluster.check,
        cluster.compact,
        partial(cluster.backup, tmp_path / "b"),
        partial(cluster.repair, root),
    ):
        with pytest.raises(CollectionError, match=f"{gone}: this shard is missing; run `glocal cluster index` again"):
            look_after()
    assert not (tmp_path / "b").exists()


def test_a_file_that_changed_is_told(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "4.png").unlink()
    found = cluster.check(files=True).files
    assert [(file.path.name, file.state) for file in found] == [("4.png", "missing")]


def test_a_backup_answers_like_what_was_copied(cluster: Cluster, tmp_path: Path) -> None:
    said = Judgement("a", "b", "", True, 0.5, None, 7.0, 9, 1.0)
    cluster.judgements.add(said)
    sent = cluster.directory / "service" / "photos" / "hash" / "sent.jpg"
    sent.parent.mkdir(parents=True)
    sent.write_bytes(b"sent")
    target = tmp_path / "backup"
    report = cluster.backup(target)
    assert (report.photos, report.judgements, report.sent_photos, report.unchanged) == (PHOTOS, 1, 1, False)
    assert cluster.backup(target).unchanged
    with Cluster.open(target, ToyModel()) as copy:
        assert [photo.path for photo in copy.photos()] == [photo.path for photo in cluster.photos()]
        assert copy.judgements.all() == [said]
        query = tmp_path / "3.png"
        assert [hit.path for hit in copy.search(query)] == [hit.path for hit in cluster.search(query)]
    cluster.judgements.add(replace(said, photo="c"))
    again = cluster.backup(target)
    assert (again.judgements, again.unchanged) == (2, False)


def test_a_backup_takes_the_place_of_nothing_else(cluster: Cluster, tmp_path: Path) -> None:
    make_shards(tmp_path / "other", [], SHARDS + 1, ToyModel())
    with pytest.raises(CollectionError, match="holds another sharded collection"):
        cluster.backup(tmp_path / "other")
    make_shards(tmp_path / "alike", [tmp_path / "1.png"], SHARDS, ToyModel())
    with pytest.raises(CollectionError, match="holds another collection"):
        cluster.backup(tmp_path / "alike")
    with pytest.raises(CollectionError, match="holds other files"):
        cluster.backup(tmp_path)


def test_compacting_gives_back_what_removed_photos_took(cluster: Cluster, tmp_path: Path) -> None:
    cluster.remove([tmp_path / f"{seed}.png" for seed in range(1, PHOTOS)])
    report = cluster.compact()
    assert 0 < report.bytes_after < report.bytes_before
    assert [photo.path.name for photo in cluster.photos()] == ["0.png"]

"""The index on disk follows its catalog through additions, updates, removals and damage; nothing is lost or doubled."""

from __future__ import annotations

import os
import random
import zlib
from pathlib import Path

import numpy as np
import pytest
from descriptors import new_catalog
from local_features import literal_votes, made_up, put_features, votes_of

from glocal.collection.catalog import Catalog, writer_lock
from glocal.collection.local_index import LocalIndex, VisualWords, damaged_files, index_state, local_index
from glocal.collection.local_index.segment_file import read_segment, write_segment
from glocal.collection.local_index.visual_words import code_words
from glocal.collection.local_index.votes import FARTHEST

WORDS = VisualWords(code_words(made_up(90, 4).codes), code_words(made_up(91, 32).codes))
QUERY = made_up(99, 15)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return new_catalog(tmp_path)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write soon and in small segments, so that a few photos go through all that many do."""
    monkeypatch.setattr(local_index, "MOST_UNWRITTEN", 5)
    monkeypatch.setattr(local_index, "MOST_PHOTOS", 16)
    monkeypatch.setattr(index_state, "MOST_PHOTOS", 16)


def index_of(catalog: Catalog) -> LocalIndex:
    return LocalIndex(catalog.path.parent, WORDS)


def assert_level(index: LocalIndex, catalog: Catalog) -> None:
    """The votes are those of the definition over what the catalog holds now."""
    with catalog.snapshot() as snapshot:
        votes = votes_of(index, snapshot, [QUERY])
        photos = snapshot.features(range(1, 1000))
    order = np.argsort(votes.ids)
    assert votes.ids[order].tolist() == sorted(photos)
    expected = literal_votes(QUERY, [photos[photo] for photo in sorted(photos)], FARTHEST)
    np.testing.assert_allclose(votes.scores[0][order], expected, atol=1e-4)


def names(catalog: Catalog) -> set[str]:
    return {path.name for path in catalog.path.parent.glob("local-*.segment")}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_any_history_of_changes_is_followed(catalog: Catalog, seed: int) -> None:
    dice = random.Random(seed)
    index, present = index_of(catalog), set[int]()
    for step in range(25):
        if dice.random() < 0.65 or not present:
            numbers = [dice.randrange(40) for _ in range(dice.choice([1, 3, 20]))]
            put_features(catalog, {number: made_up(100 * step + number, 8) for number in numbers})
            present.update(numbers)
        else:
            gone = dice.sample(sorted(present), dice.randint(1, len(present)))
            with catalog.change() as change:
                change.remove([photo for number in gone for photo in change.ids_below(Path(f"/p/{number:06d}"))])
            present.difference_update(gone)
        if dice.random() < 0.3:
            index = index_of(catalog)  # another process
        assert_level(index, catalog)
    assert_level(index_of(catalog), catalog)


def test_what_is_written_is_not_listed_again(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    put_features(catalog, {number: made_up(number, 8) for number in range(40)})
    assert_level(index_of(catalog), catalog)
    before = names(catalog)
    put_features(catalog, {50: made_up(50, 8)})
    read: list[int] = []
    monkeypatch.setattr(
        local_index,
        "read_segments",
        lambda snapshot, words, ids: read.extend(ids.tolist()) or index_state.read_segments(snapshot, words, ids),
    )
    assert_level(index_of(catalog), catalog)
    assert read == [41]
    assert names(catalog) == before


def test_photos_that_may_not_be_found_get_no_votes(catalog: Catalog) -> None:
    put_features(catalog, {number: made_up(number, 8) for number in range(30)})
    with catalog.snapshot() as snapshot:
        votes = votes_of(index_of(catalog), snapshot, [QUERY], np.array([3, 4, 9, 28, 77]))
    assert sorted(votes.ids.tolist()) == [3, 4, 9, 28]


@pytest.mark.parametrize("damage", ["manifest", "gone", "cut", "head", "other words", "backup"])
def test_damage_costs_only_time(catalog: Catalog, damage: str) -> None:
    put_features(catalog, {number: made_up(number, 8) for number in range(30)})
    assert_level(index_of(catalog), catalog)
    folder = catalog.path.parent
    manifest, segment = folder / "local.index", folder / sorted(names(catalog))[0]
    index = index_of(catalog)
    if damage == "manifest":
        manifest.write_bytes(manifest.read_bytes().replace(b'"generation": 1', b'"generation": 0'))
    elif damage == "gone":
        segment.unlink()
    elif damage == "cut":
        os.truncate(segment, segment.stat().st_size - 1)
    elif damage == "head":
        with segment.open("r+b") as file:
            file.seek(20)
            file.write(b"\xff\xff")
    elif damage == "other words":
        index = LocalIndex(folder, VisualWords(WORDS.groups, WORDS.words ^ np.uint64(1)))
    else:
        text = manifest.read_text("utf-8").split(" ", 1)[1].rstrip("\n").replace('"token": "', '"token": "00')
        manifest.write_text(f"{zlib.crc32(text.encode()):08x} {text}\n", "utf-8")
    put_features(catalog, {60: made_up(60, 8)})
    assert_level(index, catalog)


def test_a_check_reads_every_byte(catalog: Catalog) -> None:
    put_features(catalog, {number: made_up(number, 8) for number in range(30)})
    assert_level(index_of(catalog), catalog)
    assert damaged_files(catalog.path.parent) == []
    damaged = catalog.path.parent / sorted(names(catalog))[0]
    with damaged.open("r+b") as file:
        file.seek(-3, os.SEEK_END)
        byte = file.read(1)
        file.seek(-3, os.SEEK_END)
        file.write(bytes([byte[0] ^ 1]))
    assert damaged_files(catalog.path.parent) == [damaged]


def test_a_photo_number_out_of_range_is_passed_over(catalog: Catalog, tmp_path: Path) -> None:
    """The lists are not read when a file is opened; whatever they say, no memory beyond is touched."""
    put_features(catalog, {number: made_up(number, 8) for number in range(30)})
    assert_level(index_of(catalog), catalog)
    path = catalog.path.parent / sorted(names(catalog))[0]
    segment = read_segment(path, len(WORDS))
    assert segment is not None
    wrong = type(segment)(segment.ids, segment.starts, np.full_like(segment.photos, 65535), segment.codes)
    write_segment(path, wrong)
    with catalog.snapshot() as snapshot:
        votes = votes_of(index_of(catalog), snapshot, [QUERY])
    assert votes.of(segment.ids).tolist() == [[0.0] * len(segment)]


def test_while_another_process_writes_all_goes_on_in_memory(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_index, "WAIT_SECONDS", 0.0)
    index = index_of(catalog)
    with writer_lock(catalog.path.parent / local_index.LOCK, wait=0.0):
        for first in (0, 3, 20):
            put_features(catalog, {first + number: made_up(first + number, 8) for number in range(4)})
            assert_level(index, catalog)
        assert not names(catalog)
    put_features(catalog, {number: made_up(number, 8) for number in range(40, 60)})
    assert_level(index, catalog)
    assert_level(index_of(catalog), catalog)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder that cannot be written")
def test_a_folder_that_cannot_be_written_is_searched_all_the_same(catalog: Catalog) -> None:
    put_features(catalog, {number: made_up(number, 8) for number in range(30)})
    catalog.path.parent.chmod(0o500)
    try:
        assert_level(index_of(catalog), catalog)
    finally:
        catalog.path.parent.chmod(0o700)

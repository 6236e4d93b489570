"""Steps of a batch that no longer hold good when it is committed do nothing, and say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from descriptors import new_catalog
from random_features import random_features

from glocal.collection.catalog.catalog import Catalog
from glocal.collection.catalog.packed_features import unpack
from glocal.collection.catalog.records import FileState, PhotoRecord
from glocal.collection.catalog.stored_features import StoredFeatures

FILE = FileState(10, 20, b"content of a")
OTHER = FileState(11, 21, b"another content")


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """Photos /a (id 1) and /b (id 2), and the unreadable /c (id 3)."""
    catalog = new_catalog(tmp_path)
    with catalog.change() as change:
        change.put(Path("/a"), FILE, StoredFeatures.of(random_features(1, 5, (640, 480))))
        change.put(Path("/b"), OTHER, StoredFeatures.of(random_features(2, 5, (640, 480))))
        change.put_unreadable(Path("/c"), FileState(1, 1, b"broken"), "is broken")
    return catalog


def photo(catalog: Catalog, path: str) -> PhotoRecord | None:
    with catalog.snapshot() as snapshot:
        return snapshot.photo(Path(path))


def state(catalog: Catalog) -> list[PhotoRecord]:
    with catalog.snapshot() as snapshot:
        assert snapshot.structural_damage() == []
        assert list(snapshot.damaged_photos()) == []
        return snapshot.photos_after(None, 100)


def test_rename_moves_the_row(catalog: Catalog) -> None:
    with catalog.change() as change:
        assert change.rename(Path("/new"), replace(FILE, mtime_ns=99), 1)
    assert photo(catalog, "/a") is None
    moved = photo(catalog, "/new")
    assert moved is not None
    assert (moved.id, moved.file.mtime_ns) == (1, 99)


@pytest.mark.parametrize(
    ("path", "file", "source"),
    [("/b", FILE, 1), ("/new", OTHER, 1), ("/new", FILE, 77)],
    ids=["path taken", "content changed", "photo gone"],
)
def test_rename_refuses(catalog: Catalog, path: str, file: FileState, source: int) -> None:
    before = state(catalog)
    with catalog.change() as change:
        assert not change.rename(Path(path), file, source)
    assert state(catalog) == before


@pytest.mark.parametrize(
    ("file", "source"),
    [(OTHER, 1), (FILE, 77), (FileState(1, 1, b"broken"), 3)],
    ids=["content changed", "photo gone", "never readable"],
)
def test_copy_refuses(catalog: Catalog, file: FileState, source: int) -> None:
    before = state(catalog)
    with catalog.change() as change:
        assert not change.put_copy(Path("/new"), file, source)
    assert state(catalog) == before


def test_copy_takes_all_features(catalog: Catalog) -> None:
    with catalog.change() as change:
        assert change.put_copy(Path("/new"), FILE, 1)
    with catalog.snapshot() as snapshot:
        ids, vectors = snapshot.descriptors([1, 4])
        features = snapshot.features([1, 4])
    assert ids.tolist() == [1, 4]
    np.testing.assert_array_equal(vectors[0], vectors[1])
    np.testing.assert_array_equal(features[1].codes, features[4].codes)


def test_touch_refuses_another_content(catalog: Catalog) -> None:
    before = state(catalog)
    with catalog.change() as change:
        assert not change.touch(Path("/a"), OTHER, "")
        assert not change.touch(Path("/nowhere"), FILE, "")
    assert state(catalog) == before


def test_an_indexed_photo_keeps_features_and_content_when_it_becomes_unreadable(catalog: Catalog) -> None:
    with catalog.change() as change:
        change.put_unreadable(Path("/a"), FileState(5, 6, b"half of a"), "is cut short")
    stale = photo(catalog, "/a")
    assert stale is not None
    assert (stale.indexed, stale.reason, stale.file) == (True, "is cut short", FileState(5, 6, FILE.content_hash))


def test_each_change_is_a_generation_and_no_change_is_none(catalog: Catalog) -> None:
    def generation() -> int:
        with catalog.snapshot() as snapshot:
            return snapshot.commit().generation

    before = generation()
    with catalog.change():
        pass
    assert generation() == before
    with catalog.change() as change:
        change.annotate(1, {"a": 1})
    assert generation() == before + 1


def test_a_change_that_fails_leaves_nothing(catalog: Catalog) -> None:
    before = state(catalog)
    with pytest.raises(RuntimeError), catalog.change() as change:  # noqa: PT012  the change is what is tested
        change.remove([1])
        raise RuntimeError
    assert state(catalog) == before


def test_what_an_index_has_to_catch_up_with(catalog: Catalog) -> None:
    with catalog.snapshot() as snapshot:
        start = snapshot.commit()
    with catalog.change() as change:
        change.remove([2])
    with catalog.change() as change:
        change.put_copy(Path("/new"), FILE, 1)
    with catalog.change() as change:
        change.rename(Path("/newer"), FILE, 1)
    with catalog.snapshot() as snapshot:
        assert snapshot.changed_since(start) == [2, 4]  # a new name alone is none of an index's business
        assert snapshot.knows(start)
        assert not snapshot.knows(replace(start, token=b"another history"))


def test_photos_of_one_transaction_are_copied_replaced_and_removed(catalog: Catalog) -> None:
    first, second = (StoredFeatures.of(random_features(seed, 5, (640, 480))) for seed in (7, 8))
    with catalog.change() as change:
        for path in ("/new", "/gone"):
            change.put(Path(path), FileState(1, 1, path.encode()), first)
        change.put(Path("/new"), FileState(1, 1, b"/new"), second)
        new, gone = (record.id for path in ("/new", "/gone") if (record := change.photo(Path(path))))
        assert change.put_copy(Path("/copy"), FileState(1, 1, b"/new"), new)
        change.remove([gone])
    state(catalog)  # nothing lacks its features
    with catalog.snapshot() as snapshot:
        copy = snapshot.photo(Path("/copy"))
        assert copy is not None
        stored = snapshot.features([new, copy.id, gone])
    assert sorted(stored) == sorted([new, copy.id])
    for features in stored.values():
        assert np.array_equal(features.codes, unpack(second.packed).codes)

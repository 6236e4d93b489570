"""Searches by sketches: how many of the right photos they find, and that nothing but the choice is approximate."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import crash_children
import numpy as np
import pytest
from crash_children import CRASH
from descriptors import brute_force, clustered, histories, live_through, new_catalog, put, stored
from hypothesis import given, settings
from numpy.typing import NDArray
from processes import Start, exit_code

from glocal.collection.catalog.catalog import Catalog
from glocal.collection.index.global_index import GlobalIndex
from glocal.collection.index.index_file import read_index
from glocal.collection.index.index_state import Base
from glocal.collection.index.int8_codes import Codes
from glocal.collection.index.sketches import Sketches, SketchQuery, estimate

D = 64
EXACT_BYTES = 500 * D  # more photos than that are searched by sketches

Answer = list[tuple[int, float]]


def index_of(catalog: Catalog, workers: int | None = None) -> GlobalIndex:
    path = catalog.path.with_name("global.index")
    return GlobalIndex(path, D, exact_bytes=EXACT_BYTES, workers=workers)


def index_file(catalog: Catalog, dimensions: int = D) -> Base:
    found = read_index(catalog.path.with_name("global.index"), dimensions)
    assert found is not None
    return found[0]


def search(index: GlobalIndex, catalog: Catalog, queries: NDArray[np.float32], count: int) -> list[Answer]:
    with catalog.snapshot() as snapshot:
        return index.nearest(snapshot, queries, count)


def recall(found: Answer, right: Answer) -> float:
    return len({photo for photo, _ in found} & {photo for photo, _ in right}) / len(right)


def assert_similarities_are_exact(
    vectors: Mapping[int, NDArray[np.float64]], query: NDArray[np.float32], found: Answer
) -> None:
    for photo, similarity in found:
        assert similarity == np.float32(np.dot(vectors[photo], query.astype(np.float64)))
    assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return new_catalog(tmp_path, clustered(0, 6000, D))


@pytest.mark.slow
def test_recall_on_clusters(tmp_path: Path) -> None:
    catalog, dimensions = new_catalog(tmp_path), 512
    vectors = clustered(0, 4040, dimensions)
    put(catalog, vectors[:4000])
    index = GlobalIndex(tmp_path / "global.index", dimensions, exact_bytes=0)
    right = np.argsort(-(vectors[4000:] @ vectors[:4000].T), axis=1, kind="stable")[:, :20]
    kept = stored(catalog)
    for query, best, answer in zip(vectors[4000:], right, search(index, catalog, vectors[4000:], 20), strict=True):
        assert_similarities_are_exact(kept, query, answer)
        assert len({photo for photo, _ in answer} & set((best + 1).tolist())) >= 19
    assert index_file(catalog, dimensions).sketches is not None


@pytest.mark.slow
def test_threads_change_nothing(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = clustered(1, 5, D)
    alone = search(index_of(catalog, workers=1), catalog, queries, 30)
    monkeypatch.setattr("glocal.collection.index.nearest._LEAST_PART", 257)
    for workers in (1, 2, 5):
        assert search(index_of(catalog, workers), catalog, queries, 30) == alone


@pytest.mark.slow
def test_threads_change_nothing_of_an_exact_search(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = clustered(1, 5, D)
    monkeypatch.setattr("glocal.collection.index.nearest._LEAST_PART", 257)
    index = GlobalIndex(catalog.path.with_name("exact.index"), D, workers=3)
    assert search(index, catalog, queries, 30) == [brute_force(catalog, query, 30) for query in queries]


def test_the_switch_over_is_by_size(tmp_path: Path) -> None:
    catalog = new_catalog(tmp_path)
    for first, count, sketched in ((0, 500, False), (500, 60, True)):
        put(catalog, clustered(first, count, D), first)
        search(index_of(catalog), catalog, clustered(9, 1, D), 5)
        assert (index_file(catalog).sketches is not None) == sketched


@pytest.mark.slow
def test_new_photos_are_found_and_removed_ones_are_not(catalog: Catalog) -> None:
    index = index_of(catalog)
    search(index, catalog, clustered(1, 1, D), 1)
    (before,) = catalog.path.parent.glob("global-*.index")
    put(catalog, clustered(7, 100, D), 6000)
    with catalog.change() as change:
        change.remove(list(range(1, 101)))
    for reader in (index, index_of(catalog)):
        new = search(reader, catalog, clustered(7, 100, D), 1)
        assert [answer[0][1] for answer in new] == pytest.approx([1] * 100, abs=1e-3)
        for query in clustered(0, 6000, D)[:100:10]:
            assert not {photo for photo, _ in search(reader, catalog, query[None], 50)[0]} & set(range(1, 101))
    assert list(catalog.path.parent.glob("global-*.index")) == [before]  # nothing was built anew


@pytest.mark.slow
@settings(max_examples=6)
@given(histories(400))
def test_any_history_gives_what_a_new_index_gives(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, int]]
) -> None:
    """Asked for more photos than sketches may leave out, the answer is the exact one, whatever happened before."""
    catalog = new_catalog(tmp_path_factory.mktemp("history"))
    put(catalog, clustered(0, 700, D))
    index, queries = index_of(catalog), clustered(99, 3, D)
    for action in live_through(history, catalog, D, count=700, changed=20, removed=70):
        if action == "reopen":
            index = index_of(catalog)
        found = search(index, catalog, queries, 100)
        assert found == [brute_force(catalog, query, 100) for query in queries]
    catalog.close()


def test_all_photos_alike(tmp_path: Path) -> None:
    catalog = new_catalog(tmp_path)
    put(catalog, np.repeat(clustered(1, 1, D), 1000, axis=0))
    (found,) = search(index_of(catalog), catalog, clustered(1, 1, D), 5)
    assert [photo for photo, _ in found] == [1, 2, 3, 4, 5]


@pytest.mark.slow
def test_every_photo_removed(catalog: Catalog) -> None:
    index = index_of(catalog)
    search(index, catalog, clustered(1, 1, D), 1)
    with catalog.change() as change:
        change.remove(list(range(1, 6001)))
    assert search(index, catalog, clustered(1, 2, D), 5) == [[], []]
    assert search(index_of(catalog), catalog, clustered(1, 2, D), 5) == [[], []]


@pytest.mark.slow
def test_an_older_snapshot_gets_its_own_answer(catalog: Catalog) -> None:
    index = index_of(catalog)
    query = clustered(5, 1, D)
    with catalog.snapshot() as older:
        before = index.nearest(older, query, 10)
        put(catalog, query, 6000)
        with catalog.snapshot() as newer:
            assert index.nearest(newer, query, 1)[0][0][1] == pytest.approx(1, abs=1e-3)
        assert index.nearest(older, query, 10) == before
    other = index_of(catalog)
    with catalog.snapshot() as older:
        older.commit()  # SQLite's snapshot begins with the first reading
        with catalog.change() as change:
            change.remove([6001])
        with catalog.snapshot() as newer:
            assert other.nearest(newer, query, 10) == before
        assert other.nearest(older, query, 1)[0][0][0] == 6001


@pytest.mark.slow
def test_a_crash_between_any_two_steps_of_writing_sketches(tmp_path: Path, start: Start) -> None:
    catalog = new_catalog(tmp_path)
    query = clustered(99, 1, D)
    codes: list[int | None] = []
    while 0 not in codes:
        put(catalog, clustered(len(codes), 600, D), 600 * len(codes))
        child = start(crash_children.write_index_and_crash, catalog.path, D, len(codes), EXACT_BYTES)
        codes.append(exit_code(child))
        assert codes[-1] in (0, CRASH)
        (found,) = search(index_of(catalog), catalog, query, 10)
        assert_similarities_are_exact(stored(catalog), query[0], found)
        assert recall(found, brute_force(catalog, query[0], 10)) >= 0.9
        assert not list(tmp_path.glob("*.unfinished*"))
    assert len(codes) >= 4


@pytest.mark.parametrize("dimensions", [3, 64, 100, 512])
def test_a_sketch_estimates_the_inner_product(dimensions: int) -> None:
    """Without bias, and with the error of the paper (RaBitQ, theorem 3.2): about (1 - cos^2)^0.5 / D^0.5 at most."""
    vectors, query = clustered(2, 2000, dimensions), clustered(3, 1, dimensions)[0]
    codes = Codes.of(np.arange(2000), vectors)
    estimates = np.empty(2000, np.float32)
    estimate(Sketches.of(codes), SketchQuery.of(query), 0, estimates)
    off = estimates - vectors @ query
    width = max(64, 2 ** int(np.ceil(np.log2(dimensions))))
    assert np.sqrt(np.mean(off**2)) < 1.0 / np.sqrt(width)
    assert abs(off.mean()) < 0.3 / np.sqrt(width)


def test_a_null_descriptor_is_like_nothing() -> None:
    codes = Codes.of(np.arange(2), np.zeros((2, D), np.float32))
    estimates = np.empty(2, np.float32)
    estimate(Sketches.of(codes), SketchQuery.of(clustered(0, 1, D)[0]), 0, estimates)
    assert (estimates == 0).all()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_searches_too(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads do not come along into a forked process; it must begin its own."""
    monkeypatch.setattr("glocal.collection.index.nearest._LEAST_PART", 257)
    queries = clustered(1, 2, D)
    here = search(index_of(catalog, workers=2), catalog, queries, 30)
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # a thread that is not there would never answer
        os._exit(0 if search(index_of(catalog, workers=2), Catalog(catalog.path), queries, 30) == here else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

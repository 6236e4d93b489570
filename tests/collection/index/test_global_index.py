from __future__ import annotations

import json
import shutil
import threading
import zlib
from pathlib import Path

import crash_children
import numpy as np
import pytest
from descriptors import brute_force, clustered, histories, live_through, new_catalog, put
from hypothesis import given, settings
from hypothesis import strategies as st
from processes import Start, exit_code

from glocal.collection.catalog.catalog import Catalog
from glocal.collection.catalog.lock import writer_lock
from glocal.collection.index.global_index import EXACT_BYTES, GlobalIndex
from glocal.collection.index.index_file import read_index
from glocal.collection.index.int8_codes import Codes
from glocal.collection.index.scoring import CodedQuery, score_all, score_rows

D = 24


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return new_catalog(tmp_path, clustered(0, 800, D))


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """A catalog of which some photos changed since its index was written."""
    catalog = new_catalog(tmp_path_factory.mktemp("big"))
    put(catalog, clustered(0, 1600, D))
    for exact_bytes in (0, EXACT_BYTES):
        with catalog.snapshot() as snapshot:
            index = GlobalIndex(catalog.path.with_name(f"{exact_bytes}.index"), D, exact_bytes=exact_bytes)
            index.nearest(snapshot, clustered(0, 1, D), 1)
    put(catalog, clustered(7, 40, D), 1580)
    with catalog.change() as change:
        change.remove([3, 500])
    return catalog


def index_of(catalog: Catalog) -> GlobalIndex:
    return GlobalIndex(catalog.path.with_name("global.index"), D)


def assert_exact(index: GlobalIndex, catalog: Catalog, count: int = 10, seed: int = 9) -> None:
    queries = clustered(seed, 6, D)
    with catalog.snapshot() as snapshot:
        found = index.nearest(snapshot, queries, count)
    for query, answer in zip(queries, found, strict=True):
        assert answer == brute_force(catalog, query, count)


def file_of(catalog: Catalog) -> Path:
    (file,) = catalog.path.parent.glob("global-*.index")
    return file


def bytes_of(catalog: Catalog) -> bytes:
    return file_of(catalog).read_bytes()


@pytest.mark.parametrize("count", [1, 10, 300, 800, 5000])
def test_the_answer_is_the_exact_ranking(catalog: Catalog, count: int) -> None:
    assert_exact(index_of(catalog), catalog, count)


def test_equal_photos_are_told_apart_by_id(tmp_path: Path) -> None:
    catalog = new_catalog(tmp_path)
    put(catalog, np.repeat(clustered(1, 1, D), 200, axis=0))
    with catalog.snapshot() as snapshot:
        (found,) = index_of(catalog).nearest(snapshot, clustered(1, 1, D), 5)
    assert [photo for photo, _ in found] == [1, 2, 3, 4, 5]


def test_adversarial_descriptors_closer_than_the_quantiser_can_see(tmp_path: Path) -> None:
    """All photos nearly alike, one dimension stretched by outliers: the scan alone would order them at random."""
    random = np.random.default_rng(2)
    vectors = np.ones((600, D)) + 1e-3 * random.standard_normal((600, D))
    vectors[:2, 0] = 50, -50
    catalog = new_catalog(tmp_path)
    put(catalog, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32))
    query = np.ones((1, D), np.float32) / np.float32(np.sqrt(D))
    with catalog.snapshot() as snapshot:
        (found,) = index_of(catalog).nearest(snapshot, query, 20)
    assert found == brute_force(catalog, query[0], 20)


def test_the_bound_holds_for_every_descriptor() -> None:
    vectors, queries = clustered(3, 500, D), clustered(4, 50, D)
    codes = Codes.of(np.arange(500), vectors)
    for query in queries:
        coded = CodedQuery.of(query)
        scores, some = np.empty(500, np.float32), np.empty(3, np.float32)
        score_all(codes, coded, 0, scores)
        exact = vectors.astype(np.float64) @ query.astype(np.float64)
        assert (np.abs(exact - scores) <= codes.errors + coded.slack).all()
        score_rows(codes, coded, np.array([7, 9, 499]), some)
        assert (some == scores[[7, 9, 499]]).all()
        assert coded.slack < 1e-3
    assert codes.greatest_error < 0.03


@pytest.mark.parametrize("dimensions", [512, 2048, 8192])
def test_no_sum_overflows(dimensions: int) -> None:
    """Where all numbers of a descriptor are alike, a code and a query of it have the most steps in all."""
    vector = np.full((1, dimensions), dimensions**-0.5, np.float32)
    coded, scores = CodedQuery.of(vector[0]), np.empty(2, np.float32)
    score_all(Codes.of(np.arange(2), np.concatenate([vector, -vector])), coded, 0, scores)
    assert np.abs(scores - [1, -1]).max() <= coded.slack < 1e-3


def test_an_empty_collection_finds_nothing_and_then_grows(tmp_path: Path) -> None:
    catalog = new_catalog(tmp_path)
    index = index_of(catalog)
    with catalog.snapshot() as snapshot:
        assert index.nearest(snapshot, clustered(0, 2, D), 5) == [[], []]
    for first in range(0, 30, 3):
        put(catalog, clustered(first + 1, 3, D), first)
        assert_exact(index, catalog)


@pytest.mark.slow
@settings(max_examples=30)
@given(
    seed=st.integers(0, 99),
    share=st.sampled_from([0.0, 0.003, 0.1, 0.2, 0.7, 1.0]),
    count=st.sampled_from([1, 7, 100, 2000]),
    exact_bytes=st.sampled_from([0, EXACT_BYTES]),
)
def test_only_allowed_photos_are_found_and_all_of_those(
    big: Catalog, seed: int, share: float, count: int, exact_bytes: int
) -> None:
    index = GlobalIndex(big.path.with_name(f"{exact_bytes}.index"), D, exact_bytes=exact_bytes)
    allowed = np.flatnonzero(np.random.default_rng(seed).random(1700) < share)
    (query,) = clustered(seed, 1, D)
    everything = brute_force(big, query, 5000)
    with big.snapshot() as snapshot:
        (found,) = index.nearest(snapshot, query[None], count, allowed)
    assert found == [pair for pair in everything if pair[0] in set(allowed.tolist())][:count]


@pytest.mark.slow
@settings(max_examples=8)
@given(histories(99))
def test_it_stays_level_with_any_history(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, int]]
) -> None:
    catalog = new_catalog(tmp_path_factory.mktemp("history"))
    put(catalog, clustered(0, 50, D))
    index = index_of(catalog)
    for action in live_through(history, catalog, D, count=50, changed=5, removed=7):
        if action == "reopen":
            index = index_of(catalog)
        assert_exact(index, catalog)
    catalog.close()


def test_catching_up_codes_only_what_changed(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_exact(index_of(catalog), catalog)
    before = bytes_of(catalog)
    put(catalog, clustered(0, 800, D)[:5], 800)
    with catalog.change() as change:
        change.remove([3, 4])
    index = index_of(catalog)
    monkeypatch.setattr(GlobalIndex, "_built", None)  # building anew would now fail
    assert_exact(index, catalog)
    assert bytes_of(catalog) == before  # 7 of 800: not worth a new file


def test_the_file_is_written_anew_when_much_changed(catalog: Catalog) -> None:
    assert_exact(index_of(catalog), catalog)
    before = bytes_of(catalog)
    put(catalog, clustered(0, 100, D), 800)
    assert_exact(index_of(catalog), catalog)
    assert bytes_of(catalog) != before


def test_descriptors_unlike_the_first_ones_are_coded_as_well(tmp_path: Path) -> None:
    catalog = new_catalog(tmp_path)
    axis = np.zeros((60, D), np.float32)
    axis[:, 0] = 1
    axis[:, 1] = np.linspace(0, 0.1, 60)
    put(catalog, axis / np.linalg.norm(axis, axis=1, keepdims=True))
    index = index_of(catalog)
    assert_exact(index, catalog)
    put(catalog, clustered(1, 40, D), 60)
    assert_exact(index, catalog)
    found = read_index(catalog.path.with_name("global.index"), D)
    assert found is not None
    assert found[0].codes.greatest_error < 0.03


@pytest.mark.slow
@pytest.mark.parametrize("position", [0.0, 0.001, 0.02, 0.3, 0.7, 0.999])
def test_a_garbled_file_is_built_anew(catalog: Catalog, position: float) -> None:
    assert_exact(index_of(catalog), catalog)
    good = bytes_of(catalog)
    garbled = bytearray(good)
    garbled[int(position * len(good))] ^= 0xFF
    file_of(catalog).write_bytes(garbled)
    assert_exact(index_of(catalog), catalog)
    assert bytes_of(catalog) == good


@pytest.mark.slow
@pytest.mark.parametrize("kept", [0, 1, 15, 19, 40, 500, 5000])
def test_a_truncated_file_is_built_anew(catalog: Catalog, kept: int) -> None:
    assert_exact(index_of(catalog), catalog)
    good = bytes_of(catalog)
    file_of(catalog).write_bytes(good[:kept])
    assert_exact(index_of(catalog), catalog)
    assert bytes_of(catalog) == good


def test_a_file_of_another_collection_is_not_believed(catalog: Catalog, tmp_path: Path) -> None:
    """Same generation, same number of photos, another history: only the token tells."""
    other = new_catalog(tmp_path / "other")
    put(other, clustered(77, 800, D))
    assert_exact(index_of(other), other)
    shutil.copy(file_of(other), catalog.path.parent)
    assert_exact(index_of(catalog), catalog)


def test_a_backup_put_back_and_carried_on_is_not_mixed_up(catalog: Catalog, tmp_path: Path) -> None:
    catalog.close()
    shutil.copy(catalog.path, tmp_path / "backup")
    catalog = Catalog(catalog.path)
    put(catalog, clustered(5, 100, D), 800)
    assert_exact(index_of(catalog), catalog)  # the file now holds generation 2
    catalog.close()
    shutil.copy(tmp_path / "backup", catalog.path)
    catalog = Catalog(catalog.path)
    put(catalog, clustered(6, 100, D), 800)  # another generation 2
    assert_exact(index_of(catalog), catalog)


def test_a_folder_that_cannot_be_written_only_costs_the_file(catalog: Catalog) -> None:
    blocked = catalog.path.parent / "no folder" / "global.index"
    assert_exact(GlobalIndex(blocked, D), catalog)
    a_folder = catalog.path.with_name("global-000000000009-0.index")
    a_folder.mkdir()
    assert_exact(index_of(catalog), catalog)
    assert not list(catalog.path.parent.glob("*.unfinished*"))


@pytest.mark.slow
def test_processes_that_need_the_index_at_once_share_one_file(tmp_path: Path, start: Start) -> None:
    catalog = new_catalog(tmp_path)
    put(catalog, clustered(0, 30_000, D))
    outs = [tmp_path / f"{number}.json" for number in range(4)]
    children = [start(crash_children.search_when_told, catalog.path, D, tmp_path / "go", out) for out in outs]
    (tmp_path / "go").touch()
    assert [exit_code(child) for child in children] == [0] * 4
    answers = [json.loads(out.read_text()) for out in outs]
    expected = [list(pair) for pair in brute_force(catalog, clustered(99, 1, D)[0], 10)]
    assert all(answer == {"found": expected, "mapped": True} for answer in answers)
    assert not list(tmp_path.glob("*.unfinished*"))


def test_another_writers_unfinished_file_is_left_alone(catalog: Catalog) -> None:
    draft = catalog.path.with_name("global.index.0123456789abcdef.unfinished")
    draft.write_bytes(b"half")
    searching = threading.Thread(target=assert_exact, args=(index_of(catalog), catalog))
    with writer_lock(catalog.path.with_name("global.lock"), wait=1):
        searching.start()
        searching.join(0.3)
        assert searching.is_alive()
        assert draft.exists()
    searching.join(20)
    assert not searching.is_alive()
    assert not draft.exists()


def test_a_file_of_the_former_format_is_built_anew(catalog: Catalog) -> None:
    assert_exact(index_of(catalog), catalog)
    good = bytes_of(catalog)
    header = good[:80].replace(b"glocal index 4", b"glocal index 3")
    checksum = zlib.crc32(header).to_bytes(4, "little")
    assert good[80:84] == zlib.crc32(good[:80]).to_bytes(4, "little")
    file_of(catalog).write_bytes(header + checksum + good[84:])
    assert_exact(index_of(catalog), catalog)
    assert bytes_of(catalog) == good

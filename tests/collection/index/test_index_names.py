"""Files of the global index: each has a name of its own, and searches go on with the one they have."""

from __future__ import annotations

from pathlib import Path

import pytest
from descriptors import brute_force, clustered, new_catalog, put

from glocal.collection.catalog.catalog import Catalog
from glocal.collection.index.global_index import GlobalIndex
from glocal.collection.index.index_file import read_index

D = 24


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return new_catalog(tmp_path, clustered(0, 800, D))


def index_of(catalog: Catalog) -> GlobalIndex:
    return GlobalIndex(catalog.path.with_name("global.index"), D)


def assert_exact(index: GlobalIndex, catalog: Catalog) -> None:
    (query,) = clustered(9, 1, D)
    with catalog.snapshot() as snapshot:
        (found,) = index.nearest(snapshot, query[None], 10)
    assert found == brute_force(catalog, query, 10)


def file_of(catalog: Catalog) -> Path:
    (file,) = catalog.path.parent.glob("global-*.index")
    return file


def test_each_file_has_a_name_of_its_own_and_the_former_goes(catalog: Catalog) -> None:
    """Who has the former file mapped goes on with it, whatever is written under its name."""
    catalog.path.with_name("global.index").write_bytes(b"of a former version")
    reader = index_of(catalog)
    with catalog.snapshot() as before:
        assert_exact(reader, catalog)
        first = file_of(catalog)
        put(catalog, clustered(5, 400, D), 800)
        assert_exact(index_of(catalog), catalog)
        assert file_of(catalog) != first
        first.write_bytes(b"a copy of the folder, half done")
        (found,) = reader.nearest(before, clustered(9, 1, D), 10)
    assert len(found) == 10
    assert_exact(index_of(catalog), catalog)
    assert not catalog.path.with_name("global.index").exists()


def test_of_two_files_that_a_crash_left_the_later_is_read(catalog: Catalog) -> None:
    assert_exact(index_of(catalog), catalog)
    first, content = file_of(catalog), file_of(catalog).read_bytes()
    put(catalog, clustered(5, 400, D), 800)
    assert_exact(index_of(catalog), catalog)
    second = file_of(catalog)
    first.write_bytes(content)
    with catalog.snapshot() as snapshot:
        commit = snapshot.commit()
    found = read_index(catalog.path.with_name("global.index"), D)
    assert found is not None
    assert found[1] == commit
    second.write_bytes(b"")
    assert_exact(index_of(catalog), catalog)


def test_leftovers_of_a_crash_are_cleared(catalog: Catalog) -> None:
    left = catalog.path.with_name("global.index.0123456789abcdef.unfinished")
    left.write_bytes(b"half")
    assert_exact(index_of(catalog), catalog)
    assert not left.exists()

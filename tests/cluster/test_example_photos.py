"""The example photos in shards and in one collection, searched with the bundled model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from example_photos import EXAMPLES
from shards import Remembering, assert_same, make_shards

from glocal.cluster import Cluster
from glocal.collection import Collection, SearchMode
from glocal.extraction import load_model
from glocal.images import find_photos

pytestmark = pytest.mark.slow

QUERIES = (
    "stitch_apartment_building/apartment_building_01.jpg",
    "triple_books/books_02.jpg",
    "stitch_kayak/kayak_02.jpg",
    "pixabay/cat01.jpg",
)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Collection, Cluster]]:
    folder, model = tmp_path_factory.mktemp("examples"), Remembering(load_model())
    make_shards(folder / "root", find_photos([EXAMPLES]), 4, model)
    with Collection.create(folder / "one", model) as one, Cluster.open(folder / "root", model) as cluster:
        one.add(EXAMPLES)
        assert len(one) == len(cluster) > 100
        yield one, cluster


@pytest.mark.parametrize("mode", ["fast", "balanced", "thorough"])
@pytest.mark.parametrize("query", QUERIES)
def test_the_answer_is_that_of_one_collection(both: tuple[Collection, Cluster], query: str, mode: SearchMode) -> None:
    one, cluster = both
    expected = one.search(EXAMPLES / query, mode=mode, top=50)
    assert expected[0].path == EXAMPLES / query
    assert_same(cluster.search(EXAMPLES / query, mode=mode, top=50), expected)


def test_a_region_and_several_views(both: tuple[Collection, Cluster]) -> None:
    one, cluster = both
    query = EXAMPLES / QUERIES[0]
    region = (100.0, 100.0, 250.0, 250.0)
    assert_same(cluster.search(query, region), one.search(query, region))
    views = [EXAMPLES / name for name in QUERIES[1:3]]
    assert_same(cluster.search(views), one.search(views))

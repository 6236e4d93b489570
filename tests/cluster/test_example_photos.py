"""The example photos in shards and in one collection, searched with the bundled model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from example_photos import EXAMPLES
from shards import assert_same, make_shards

from glocal.cluster import Cluster
from glocal.collection import Collection, SearchMode
from glocal.errors import PhotoError
from glocal.extraction import Model, load_model
from glocal.features import Features
from glocal.images import find_photos

pytestmark = pytest.mark.slow

QUERIES = (
    "stitch_apartment_building/apartment_building_01.jpg",
    "triple_books/books_02.jpg",
    "stitch_kayak/kayak_02.jpg",
    "pixabay/cat01.jpg",
)


class Remembering:
    """The model, which extracts no photo twice."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[Path, Features | PhotoError] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def extract_many(self, photos: Iterable[Path]) -> Iterator[tuple[Path, Features | PhotoError]]:
        wanted = list(photos)
        self._known.update(self._model.extract_many(path for path in wanted if path not in self._known))
        return ((path, self._known[path]) for path in wanted)


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

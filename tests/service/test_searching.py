"""The search in two steps is the search of the collection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from glocal.service.problems import Problem
from glocal.service.searching import View, Wanted, find, unproved, verify
from glocal.service.served_collection import Shelf


@pytest.fixture
def shelf(own_copy: Path) -> Iterator[Shelf]:
    opened = Shelf("demo", own_copy)
    yield opened
    opened.close()


def test_hits_are_those_of_the_collection(shelf: Shelf, indexed: Path, example_photos: Path) -> None:
    paths = [example_photos / "stitch_kayak/kayak_04.jpg", indexed / "photos/pixabay/car01.jpg"]
    features = [shelf.model.extract(path) for path in paths]
    views = [View(one.global_descriptor, one.compact()) for one in features]
    for top, rerank in ((10, 100), (4, 2)):
        wanted = Wanted(top=top, rerank=rerank)
        for one, path in ((views[:1], paths[0]), (views, paths)):
            expected = shelf.collection.search(path, top=top, rerank=rerank)
            found = verify(shelf, one, find(shelf, one, wanted), wanted)
            assert [hit.hit.path for hit in found] == [hit.path for hit in expected]
            assert [(hit.hit.inliers, hit.hit.view) for hit in found] == [(hit.inliers, hit.view) for hit in expected]
            assert [hit.hit.probability for hit in found] == pytest.approx([hit.probability for hit in expected])
            assert all(shelf.photo(hit.id).path == hit.hit.path for hit in found)


def test_candidates_come_by_similarity(shelf: Shelf) -> None:
    number = shelf.page(None, 1)[0].id
    view, wanted = View(*shelf.stored(number)), Wanted(top=3)
    first = unproved(shelf, find(shelf, [view], wanted), wanted)
    similarities = [one.hit.similarity for one in first]
    assert first[0].id == number
    assert similarities == sorted(similarities, reverse=True)
    assert all(one.hit.inliers is None for one in first)
    assert len(first) == 3


def test_filters_and_probability_leave_out_what_they_say(shelf: Shelf) -> None:
    records = shelf.page(None, 10)
    for record in records:
        shelf.collection.annotate(record.path, {"place": record.path.parent.name, "tags": {"year": 2024}})
    view = View(*shelf.stored(records[0].id))

    def search(**changes: object) -> list[str]:
        wanted = Wanted(**changes)  # type: ignore[arg-type]
        return [one.hit.path.parent.name for one in verify(shelf, [view], find(shelf, [view], wanted), wanted)]

    assert search(where={"place": "pixabay"}) == ["pixabay", "pixabay"]
    assert search(where={"place": "pixabay", "tags": {"year": 2024}}, top=1) == ["pixabay"]
    assert search(where={"place": "nowhere"}) == []
    assert search(where={"place": None}) == []
    shelf.collection.annotate(records[0].path, {})
    assert len(search(where={"tags": {"year": 2024}})) == len(records) - 1
    assert len(search(min_probability=0.0)) == len(records)
    assert search(min_probability=1.0) == []


def test_photos_that_do_not_exist(shelf: Shelf) -> None:
    for number in (0, 999, 2**62):
        with pytest.raises(Problem) as missing:
            shelf.stored(number)
        assert missing.value.status_code == 404

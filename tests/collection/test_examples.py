"""From photos on disk to a ranking, with the bundled model."""

from __future__ import annotations

import numpy as np
import pytest
from example_photos import EXAMPLES
from PIL import Image

from glocal.collection import Collection
from glocal.collection.search_modes import look_at
from glocal.extraction import load_model
from glocal.orientation import UPRIGHT

pytestmark = pytest.mark.slow

PLACES = ("triple_bobcats", "triple_books", "triple_rockview")
CHANCE = 8
"""Most inliers seen between photos that have nothing in common."""

ALONE = ("pixabay/cat01.jpg", "pixabay/ship01.jpg", "pixabay/chair01.jpg")


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Three views of three places each, and three photos of other things."""
    collection = Collection.create(tmp_path_factory.mktemp("examples") / "collection", load_model())
    report = collection.add([*(EXAMPLES / place for place in PLACES), *(EXAMPLES / name for name in ALONE)])
    assert (report.added, report.unreadable) == (12, ())
    return collection


def test_a_collection_remembers_its_model(examples: Collection) -> None:
    with Collection.open(examples.directory) as again:
        assert len(again) == 12
        assert again.model.fingerprint == examples.model.fingerprint
        query = EXAMPLES / "triple_books" / "books_01.jpg"
        assert [hit.path for hit in again.search(query)] == [hit.path for hit in examples.search(query)]


@pytest.mark.parametrize("place", PLACES)
def test_the_other_views_of_a_place_come_first(examples: Collection, place: str) -> None:
    views = sorted((EXAMPLES / place).glob("*.jpg"))
    ranking = examples.search(views[0])
    assert ranking[0].path == views[0]
    assert {hit.path for hit in ranking[:3]} == set(views)
    assert all((hit.probability or 0.0) > 0.5 for hit in ranking[:3])


PARTS = [("triple_books/books_02.jpg", (100, 100, 200, 200)), ("triple_bobcats/bobcats_01.jpg", (200, 140, 220, 180))]


@pytest.mark.parametrize(("name", "box"), PARTS)
def test_a_small_part_of_a_photo_is_proved_in_it(examples: Collection, name: str, box: tuple[int, ...]) -> None:
    left, top, width, height = box
    for ranking in (
        examples.search(EXAMPLES / name, region=(left, top, width, height)),
        examples.search(np.asarray(Image.open(EXAMPLES / name).crop((left, top, left + width, top + height)))),
    ):
        assert ranking[0].path.parent == (EXAMPLES / name).parent
        own = next(hit for hit in ranking if hit.path == EXAMPLES / name)
        assert own.proved
        assert not any(hit.proved for hit in ranking if hit.path.parent != (EXAMPLES / name).parent)


@pytest.mark.parametrize("name", ALONE)
def test_a_photo_of_something_else_is_proved_against_itself_alone(examples: Collection, name: str) -> None:
    ranking = examples.search(EXAMPLES / name)
    assert ranking[0].path == EXAMPLES / name
    assert ranking[0].transform is not None
    np.testing.assert_allclose(ranking[0].transform, np.eye(3), atol=0.5)
    assert ranking[0].inliers is not None
    assert ranking[0].inliers > 100
    assert max(hit.inliers or 0 for hit in ranking[1:]) <= CHANCE


def test_a_photo_in_a_fifteenth_of_another_is_found_in_it(examples: Collection) -> None:
    """Fourteen parts in fifteen of the query show something that the collection does not hold."""
    small = Image.open(EXAMPLES / "triple_books" / "books_01.jpg").convert("RGB")
    page = Image.open(EXAMPLES / "stitch_apartment_building" / "apartment_building_01.jpg").convert("RGB")
    side = (1 / 15) ** 0.5
    shape = (round(page.width * side), round(page.height * side))
    page.paste(small.resize(shape), (page.width // 4, page.height // 4))
    books = examples.search(np.asarray(page))[:3]
    assert all(hit.proved and hit.path.parent == EXAMPLES / "triple_books" for hit in books)
    found = next(hit for hit in books if hit.path.name == "books_01.jpg")
    assert found.transform is not None
    scale = np.linalg.det(found.transform[:2, :2]) ** 0.5
    assert scale == pytest.approx((small.width * small.height / shape[0] / shape[1]) ** 0.5, rel=0.1)


def test_views_of_a_place_are_no_duplicates(examples: Collection) -> None:
    assert examples.duplicates(turned=False) == []


@pytest.fixture(scope="module")
def all_examples(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    collection = Collection.create(tmp_path_factory.mktemp("all") / "collection", load_model())
    collection.add([EXAMPLES])
    return collection


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_photo_is_matched_in_the_ways_that_speak_for_it(all_examples: Collection, turns: int) -> None:
    photo = EXAMPLES / "triple_books" / "books_01.jpg"
    turned = np.ascontiguousarray(np.rot90(np.asarray(Image.open(photo)), turns))
    view = look_at(all_examples.model, turned, None, "balanced")
    best = all_examples.candidates([view], 1)[0]
    assert best.path == photo
    assert {view.laid[way].orientation.quarter_turns for way in best.ways} == {-turns % 4}


def test_of_few_photos_votes_alone_do_not_decide(examples: Collection) -> None:
    view = look_at(examples.model, EXAMPLES / "triple_books" / "books_01.jpg", None, "balanced")
    upright = {number for number, way in enumerate(view.laid) if way.orientation == UPRIGHT}
    assert all(candidate.ways >= upright for candidate in examples.candidates([view], 12))

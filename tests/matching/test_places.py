"""Several places of one photo: made-up features copied to known places, and real photos side by side."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from example_photos import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from glocal.extraction import load_model
from glocal.features import CompactFeatures
from glocal.images import read_photo
from glocal.matching import further_places, match_features
from glocal.matching.places import inside
from glocal.pair import calibration_of


def thing(seed: int, count: int = 60) -> CompactFeatures:
    random = np.random.default_rng(seed)
    return CompactFeatures(
        image_size=(300, 300),
        keypoints=random.uniform(20, 280, (count, 2)).astype(np.float32),
        scales=np.ones(count, np.float32),
        attention=np.ones(count, np.float32),
        codes=random.integers(0, 256, (count, 16), np.uint8),
    )


def side_by_side(parts: list[tuple[CompactFeatures, NDArray[np.float64]]]) -> CompactFeatures:
    """Return one photo with each part at its place (x, y)."""
    points = np.concatenate([part.keypoints + place for part, place in parts]).astype(np.float32)
    codes = np.concatenate([part.codes for part, _ in parts])
    ones = np.ones(len(points), np.float32)
    return CompactFeatures((2000, 2000), points, ones, ones, codes)


@pytest.mark.parametrize("copies", [1, 2, 3, 4])
def test_every_copy_is_found_once_where_it_is(copies: int) -> None:
    query, other = thing(1), thing(2)
    places = [np.array([400.0 * (number % 2), 400.0 * (number // 2)]) for number in range(copies)]
    shelf = side_by_side([(query, place) for place in places] + [(other, np.array([1000.0, 0]))])
    first = match_features(query, shelf)
    found = [first, *further_places(query, shelf, first, lambda support: support > 10)]
    assert len(found) == copies
    shifts = sorted(tuple(match.transform[:2, 2].round().tolist()) for match in found if match.transform is not None)
    assert shifts == sorted(tuple(place.tolist()) for place in places)
    used = np.concatenate([match.correspondences[match.inliers, 1] for match in found])
    assert len(used) == len(set(used.tolist()))


def test_the_rest_of_a_thing_that_one_transform_does_not_explain_is_no_second_place() -> None:
    query = thing(3, 120)
    right = query.keypoints[:, 0] > 150
    bent = replace(query, keypoints=query.keypoints + np.outer(right, [60, 90]).astype(np.float32))
    first = match_features(query, bent)
    assert not further_places(query, bent, first, lambda support: support > 10)


@given(st.integers(0, 50), st.floats(0, 2 * np.pi))
def test_a_hull_holds_what_its_definition_says(seed: int, turn: float) -> None:
    random = np.random.default_rng(seed)
    hull = cv2.convexHull(random.uniform(0, 100, (8, 2)).astype(np.float32))[:, 0]
    points = random.uniform(-20, 120, (50, 2)).astype(np.float32)
    expected = [cv2.pointPolygonTest(hull, point.tolist(), True) for point in points]
    for polygon in (hull, hull[::-1]):
        clear = np.abs(expected) > 0.5  # on which side of the border a point lies is a matter of rounding
        np.testing.assert_array_equal(inside(polygon, points)[clear], np.array(expected)[clear] > 0)


@pytest.mark.slow
def test_a_photo_that_holds_the_thing_twice() -> None:
    model = load_model(preset="fast")
    calibration = calibration_of(model.card, "fast")
    book = cv2.resize(read_photo(EXAMPLES / "triple_books/books_01.jpg"), (320, 240))
    other = cv2.resize(read_photo(EXAMPLES / "pixabay/car01.jpg"), (320, 240))
    shelf = np.concatenate([np.hstack([book, other]), np.hstack([other[::-1].copy(), book])])
    query, photo = model.extract(book).compact(), model.extract(shelf).compact()
    first = match_features(query, photo)
    assert calibration.exceeds_chance(first.support)
    found = [first, *further_places(query, photo, first, calibration.exceeds_chance)]
    shifts = sorted(match.transform[:2, 2].round(-1).tolist() for match in found if match.transform is not None)
    assert shifts == [[0, 0], [320, 240]]
    assert not further_places(query, query, match_features(query, query), calibration.exceeds_chance)

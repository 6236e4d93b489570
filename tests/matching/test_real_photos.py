"""A photo against altered copies of itself: the transform found is the one that was applied."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from example_photos import EXAMPLES

from glocal.extraction import load_model
from glocal.images import read_photo
from glocal.matching import match_features, match_many


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def photo():
    return read_photo(EXAMPLES / "triple_books" / "books_01.jpg")


@pytest.fixture(scope="module")
def features(model, photo):
    return model.extract(photo).compact()


def turned(photo):
    height, width = photo.shape[:2]
    transform = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), 10, 1.0), [0, 0, 1]])
    return cv2.warpAffine(photo, transform[:2], (width, height), borderMode=cv2.BORDER_REFLECT), transform


def cropped(photo):
    height, width = photo.shape[:2]
    left, top = width // 5, height // 6
    return photo[top : top + 2 * height // 3, left : left + 2 * width // 3].copy(), np.array(
        [[1.0, 0, -left], [0, 1.0, -top], [0, 0, 1.0]]
    )


def shrunk(photo):
    height, width = photo.shape[:2]
    small = cv2.resize(photo, (width * 6 // 10, height * 6 // 10), interpolation=cv2.INTER_AREA)
    return small, np.diag([small.shape[1] / width, small.shape[0] / height, 1.0])


@pytest.mark.parametrize("change", [turned, cropped, shrunk])
def test_finds_the_transform_that_was_applied(model, photo, features, change):
    copy, true = change(photo)
    match = match_features(features, model.extract(copy).compact())
    assert match.transform is not None
    assert match.inlier_count >= 25
    height, width = photo.shape[:2]
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]).T
    error = np.abs((match.transform @ corners - true @ corners)[:2]).max()
    assert error < 0.04 * max(copy.shape)


@pytest.mark.slow
def test_another_view_has_more_inliers_than_any_other_thing(model, features):
    view = model.extract(EXAMPLES / "triple_books" / "books_02.jpg").compact()
    others = [
        model.extract(EXAMPLES / name).compact()
        for name in ("pixabay/dog01.jpg", "stitch_cave/cave_01.jpg", "pixabay/stairs01.jpg")
    ]
    same, *different = [match.inlier_count for match in match_many(features, [view, *others])]
    assert same > 2 * max(different)
    assert max(different) < 15

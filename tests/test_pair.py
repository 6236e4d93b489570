"""Two photos side by side, with the bundled model: what its features miss and keypoints of the pixels find."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from example_photos import EXAMPLES
from PIL import Image

from glocal.extraction import Model, load_model
from glocal.pair import match


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.mark.slow
@pytest.mark.parametrize("stretch", [1.0, 1.12])
def test_a_small_turned_picture_is_proved_by_its_pixels_and_laid_where_it_is(model: Model, stretch: float) -> None:
    """It is a copy, or, where it was stretched as if seen from the side, has the same keypoints."""
    pixels = np.asarray(Image.open(EXAMPLES / "pixabay" / "bird01.jpg").convert("RGB").resize((640, 480)))
    turn = cv2.getRotationMatrix2D((320.0, 240.0), 150.0, 0.3) * [[stretch], [1.0]]
    turned = cv2.warpAffine(pixels, turn, (640, 480), flags=cv2.INTER_AREA).astype(np.uint8)
    pair = match(pixels, turned, model=model)
    assert (pair.by_keypoints is not None) == pair.to_dict()["by_keypoints"] == (stretch > 1)
    assert pair.verdict == "proved"
    assert pair.orientation.quarter_turns == (0 if stretch == 1 else 2)  # a copy is known by its pixels upright
    assert pair.agreement is not None
    assert pair.agreement.query_share > 0.3
    assert len(pair.inlier_points()) == pair.inliers
    assert pair.transform is not None
    assert np.allclose(
        np.array([200, 200, 1]) @ pair.transform[:2].T, np.array([200, 200, 1]) @ turn.T, atol=15 if stretch == 1 else 6
    )
    assert pair.draw(600).width <= 600


def test_what_the_models_features_prove_needs_no_keypoints(model: Model) -> None:
    one, other = (EXAMPLES / "stitch_apartment_building" / f"apartment_building_0{number}.jpg" for number in (1, 2))
    pair = match(one, other, model=model)
    assert pair.proved
    assert pair.by_keypoints is None
    assert pair.to_dict()["by_keypoints"] is False


@pytest.mark.slow
def test_a_thing_in_a_twentieth_of_the_other_photo_is_proved_either_way(model: Model) -> None:
    small = Image.open(EXAMPLES / "triple_books" / "books_01.jpg").convert("RGB")
    page = Image.open(EXAMPLES / "stitch_apartment_building" / "apartment_building_01.jpg").convert("RGB")
    shape = (round(page.width * 0.05**0.5), round(page.height * 0.05**0.5))
    corner = np.array([page.width // 4, page.height // 4])
    page.paste(small.resize(shape), tuple(corner))
    for pair, onto_page in (
        (match(small, page, model=model), lambda transform: transform),
        (match(page, small, model=model), np.linalg.inv),
    ):
        assert pair.proved
        assert pair.transform is not None
        middle = onto_page(pair.transform) @ [small.width / 2, small.height / 2, 1]
        assert np.allclose(middle[:2], corner + np.array(shape) / 2, atol=8)


@pytest.mark.slow
def test_unlike_photos_are_not_proved(model: Model) -> None:
    one, other = (EXAMPLES / "pixabay" / name for name in ("bird04.jpg", "cat03.jpg"))
    pair = match(one, other, model=model)
    assert pair.verdict == "similar"
    assert pair.by_keypoints is None

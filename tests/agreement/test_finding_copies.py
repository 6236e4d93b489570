"""A part of a photo is found in it by its pixels, however few features it has; what only looks like it is not."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from example_photos import EXAMPLES
from numpy.typing import NDArray
from PIL import Image

from glocal.agreement import Laid, Picture, agreeing_area, find_copy, read_picture
from glocal.agreement.finding_copies import LEAST_SIMILARITY_OF_COPIES
from glocal.features import Region

BOX = (180, 120, 200, 150)


def moved(x: float, y: float, scale: float = 1.0) -> NDArray[np.float64]:
    return np.array([[scale, 0, x], [0, scale, y], [0, 0, 1]], np.float64)


def crop_of(path: Path, box: Region = BOX) -> Picture:
    """A part of a photo, saved as a file of its own."""
    left, top, width, height = box
    file = io.BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").crop((left, top, left + width, top + height)).save(file, "JPEG", quality=85)
    return read_picture(file.getvalue())


def laid(query: Picture, photo: Picture, transform: NDArray[np.float64], region: Region | None = None) -> Laid:
    return Laid(transform, agreeing_area(query, photo, transform, region))


NAMES = ["stitch_cave/cave_01.jpg", "triple_skull/skull_01.jpg", "triple_books/books_02.jpg"]


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_crop_is_found_where_features_lay_it(name: str) -> None:
    crop, photo = crop_of(EXAMPLES / name), read_picture(EXAMPLES / name)
    by_features = laid(crop, photo, moved(180, 122, 1.01))
    found = find_copy(crop, photo, None, 0.3, by_features)
    assert found is not None
    assert found.area.is_copy
    assert found.transform is by_features.transform


@pytest.mark.parametrize(("name", "beside"), zip(NAMES, [(176, 136, 1.04), (200, 100), (160, 110, 1.1)], strict=True))
def test_a_crop_is_laid_anew_where_features_lay_it_beside_its_place(name: str, beside: tuple[float, ...]) -> None:
    crop, photo = crop_of(EXAMPLES / name), read_picture(EXAMPLES / name)
    found = find_copy(crop, photo, None, 0.3, laid(crop, photo, moved(*beside)))
    assert found is not None
    assert found.area.is_copy
    assert np.abs((found.transform - moved(180, 120)) @ [100, 75, 1]).max() < 2


@pytest.mark.parametrize("other", ["pixabay/car02.jpg", "triple_books/books_02.jpg"])
def test_a_crop_of_another_photo_is_not(other: str) -> None:
    crop, photo = crop_of(EXAMPLES / "pixabay" / "car01.jpg"), read_picture(EXAMPLES / other)
    assert find_copy(crop, photo, None, 0.3, laid(crop, photo, moved(180, 120))) is None


def test_a_region_is_found_in_the_photo_it_is_of_though_features_lay_it_elsewhere() -> None:
    photo = read_picture(EXAMPLES / "stitch_kayak" / "kayak_02.jpg")
    other = read_picture(EXAMPLES / "stitch_kayak" / "kayak_03.jpg")
    wrong = moved(300, -90)
    found = find_copy(photo, photo, BOX, 0.3, laid(photo, photo, wrong, BOX))
    assert found is not None
    assert np.allclose(found.transform, np.eye(3), atol=0.01)
    assert find_copy(photo, other, BOX, 0.3, laid(photo, other, wrong, BOX)) is None


def test_the_same_thing_alone_says_nothing_of_a_region_whose_photo_is_alike() -> None:
    """One picture was replaced in a page: the rest of both pages is the same, and the page as a whole alike."""
    page = np.full((400, 600, 3), 245, np.uint8)
    for row in range(20, 390, 22):
        cv2.putText(
            page, "the same words in each line of it", (12, row), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (20, 20, 20), 1
        )
    pages = []
    for name in ("car01", "horse02"):
        with Image.open(EXAMPLES / "pixabay" / f"{name}.jpg") as image:
            page[100:300, 200:400] = np.asarray(image.convert("RGB").resize((200, 200)))
        pages.append(Picture.of(page, (600, 400)))
    query, photo = pages
    assert find_copy(query, photo, (200, 100, 200, 200), 0.99, laid(query, photo, moved(0, 0))) is None
    assert find_copy(query, photo, (0, 0, 190, 400), 0.1, laid(query, photo, moved(0, 0))) is not None
    assert LEAST_SIMILARITY_OF_COPIES < 0.99


@pytest.mark.parametrize("degrees", [0, 30, 45])
def test_an_edge_lies_as_well_anywhere_along_itself(degrees: float) -> None:
    along = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    y, x = np.mgrid[:400, :400]
    beyond = (x - 200) * along[1] - (y - 200) * along[0] > 0
    roof = np.where(beyond[..., None], [200, 180, 170], [90, 120, 160]).astype(np.float32)
    noise = np.random.default_rng(1).normal(0, 3, roof.shape)
    pixels = np.clip(cv2.GaussianBlur(roof, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)
    photo = Picture.of(pixels, (400, 400))
    crop = Picture.of(pixels[140:260, 140:260], (120, 120))
    x_off, y_off = np.rint(140 + 40 * along)
    assert find_copy(crop, photo, None, 0.3, laid(crop, photo, moved(x_off, y_off))) is None


@pytest.mark.parametrize("region", [(10.0, 10.0, 8.0, 200.0), (0.0, 0.0, 1.0, 1.0)])
def test_parts_of_hardly_a_pixel_are_not_compared(region: Region) -> None:
    photo = read_picture(EXAMPLES / "pixabay" / "car01.jpg")
    assert find_copy(photo, photo, region, 1.0, None) is None

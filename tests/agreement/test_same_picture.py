from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from example_photos import EXAMPLES
from numpy.typing import NDArray
from PIL import Image
from toy_photos import picture

from glocal.agreement import MIN_CORRELATION, Picture, agreeing_area, read_picture, scaling, weakest_correlation
from glocal.arrays import Pixels
from glocal.extraction import load_model
from glocal.matching import match_features
from glocal.orientation import Orientation

SIZE = (480, 360)


def grey(pixels: Pixels) -> Picture:
    return Picture.of(pixels, (pixels.shape[1], pixels.shape[0]))


def warped(pixels: Pixels, transform: NDArray[np.float64], size: tuple[int, int] = SIZE) -> Pixels:
    return np.asarray(cv2.warpAffine(pixels, transform[:2], size, flags=cv2.INTER_AREA), np.uint8)


def about(transform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what local features would give: off by 1 % and by some pixels."""
    off = np.array([[1.01, 0.008, 3], [-0.006, 0.99, -3], [0, 0, 1]])
    return np.asarray(off @ transform, np.float64)


COPIES = {
    "itself": np.eye(3),
    "cropped": np.array([[1.0, 0, -120], [0, 1, -60], [0, 0, 1]]),
    "enlarged crop": np.array([[2.0, 0, -300], [0, 2, -200], [0, 0, 1]]),
    "shrunk": scaling(0.5, 0.5),
    "turned": np.array([[0.98, 0.17, -40], [-0.17, 0.98, 45], [0, 0, 1]]),
    "mirrored": np.array([[-1.0, 0, 479], [0, 1, 0], [0, 0, 1]]),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies_agree(name: str) -> None:
    transform = COPIES[name]
    size = (240, 180) if name == "shrunk" else (240, 200) if name == "cropped" else SIZE
    original = picture(1, *SIZE)
    copy = warped(original, transform, size)
    assert weakest_correlation(grey(original), grey(copy), about(transform)) > MIN_CORRELATION
    assert weakest_correlation(grey(copy), grey(original), np.linalg.inv(about(transform))) > MIN_CORRELATION


@pytest.mark.parametrize("turns", [0, 1])
def test_what_is_stretched_is_a_copy_of_the_whole_or_none(turns: int) -> None:
    original = picture(1, *SIZE)
    wide = np.asarray(cv2.resize(original, (640, 360)), np.uint8)
    copy = np.ascontiguousarray(np.rot90(wide, turns))
    transform = Orientation(turns, mirrored=False).transform(640, 360) @ scaling(4 / 3, 1)
    assert weakest_correlation(grey(original), grey(copy), about(transform)) > MIN_CORRELATION
    assert weakest_correlation(grey(original), grey(copy[:-20, :-20].copy()), about(transform)) == 0


def test_brightness_and_contrast_do_not_matter() -> None:
    original = picture(1, *SIZE)
    assert weakest_correlation(grey(original), grey((original // 2 + 20).astype(np.uint8)), about(np.eye(3))) > 0.95


def test_different_pictures_do_not_agree() -> None:
    assert abs(weakest_correlation(grey(picture(1, *SIZE)), grey(picture(2, *SIZE)), np.eye(3))) < 0.3


def test_a_near_thing_that_moved_is_noticed() -> None:
    """Half of the picture shifted by 10 of 480 pixels: another view, as if taken from two steps aside."""
    original = picture(1, *SIZE)
    moved = original.copy()
    moved[:, 240:] = np.roll(original[:, 240:], 10, axis=1)
    assert weakest_correlation(grey(original), grey(moved), np.eye(3)) < MIN_CORRELATION


def test_overlapping_views_are_not_copies() -> None:
    wide = picture(1, 800, 360)
    left, right = wide[:, :480].copy(), wide[:, 320:].copy()
    assert weakest_correlation(grey(left), grey(right), np.array([[1.0, 0, -320], [0, 1, 0], [0, 0, 1]])) == 0


def test_a_plane_seen_aslant_is_not_a_copy() -> None:
    slant = np.array([[0.9, 0, 20], [0, 1, 0], [0, 0, 1]])
    original = picture(1, *SIZE)
    assert weakest_correlation(grey(original), grey(warped(original, slant)), slant) == 0


def test_plain_pictures_prove_nothing() -> None:
    plain = np.full((360, 480, 3), 130, np.uint8)
    assert weakest_correlation(grey(plain), grey(plain), np.eye(3)) == 0


@pytest.mark.parametrize(
    "wild",
    [
        np.zeros((3, 3)),
        np.diag([1e-6, 1e-6, 1.0]),
        np.diag([1e6, 1e6, 1.0]),
        np.array([[1.0, 0, 1e9], [0, 1, 0], [0, 0, 1]]),
    ],
)
def test_senseless_transforms_prove_nothing(wild: NDArray[np.float64]) -> None:
    assert weakest_correlation(grey(picture(1)), grey(picture(1)), wild) == 0


def test_tiny_pictures_prove_nothing() -> None:
    dot = np.zeros((1, 1, 3), np.uint8)
    assert weakest_correlation(grey(dot), grey(dot), np.eye(3)) == 0
    assert weakest_correlation(grey(dot), grey(picture(1)), np.eye(3)) == 0


def test_scaling_keeps_the_corner_of_the_picture() -> None:
    corner = np.array([-0.5, -0.5, 1.0])
    np.testing.assert_allclose(scaling(0.25, 3) @ corner, corner)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turns", range(4))
def test_the_transform_of_an_orientation_follows_every_pixel(turns: int, mirrored: bool) -> None:
    pixels = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    orientation = Orientation(turns, mirrored)
    laid = orientation.apply(pixels)
    transform = orientation.transform(7, 5)
    for y in range(5):
        for x in range(7):
            new_x, new_y, _ = (transform @ [x, y, 1]).astype(int)
            np.testing.assert_array_equal(laid[new_y, new_x], pixels[y, x])
    assert laid.shape == ((7, 5, 3) if turns % 2 else (5, 7, 3))


def thumbnail(path: Path, side: int, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    with Image.open(path) as image:
        image.thumbnail((side, side))
        image.convert(mode).save(file, "JPEG", quality=80)
    return file.getvalue()


def laid(a: Picture, b: Picture) -> NDArray[np.float64]:
    return scaling(b.size[0] / a.size[0], b.size[1] / a.size[1])


@pytest.mark.parametrize("side", [96, 200])
@pytest.mark.parametrize("name", ["stitch_cave/cave_01.jpg", "triple_books/books_02.jpg", "pixabay/horse02.jpg"])
def test_a_thumbnail_is_compared_with_what_a_thumbnail_shows(name: str, side: int) -> None:
    small, photo = read_picture(thumbnail(EXAMPLES / name, side)), read_picture(EXAMPLES / name)
    assert weakest_correlation(small, photo, laid(small, photo)) > MIN_CORRELATION
    assert weakest_correlation(photo, small, laid(photo, small)) > MIN_CORRELATION


def test_what_another_lens_shows_of_a_place_is_no_thumbnail() -> None:
    paths = [EXAMPLES / "scale_mountain" / f"mountain_{lens}mm.jpg" for lens in ("4p2", "7p1")]
    found = match_features(*(load_model().extract(path).compact() for path in paths))
    assert found.transform is not None
    wide, near = map(read_picture, paths)
    assert weakest_correlation(wide, near, found.transform) < MIN_CORRELATION


def test_a_thumbnail_in_black_and_white_agrees_in_its_pixels() -> None:
    """Where lines of print are looked at closely, what a thumbnail cannot show does not speak against it."""
    path = EXAMPLES / "stitch_cave" / "cave_01.jpg"
    small, photo = read_picture(thumbnail(path, 96, "L")), read_picture(thumbnail(path, 640, "L"))
    area = agreeing_area(small, photo, laid(small, photo))
    assert area.in_place
    assert area.close_share is not None
    assert area.close_share > 0.9

"""Keypoints of real photos: where a picture is turned and shrunk, they are found again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from example_photos import EXAMPLES
from numpy.typing import NDArray
from PIL import Image

from glocal.agreement import Picture, SeenPicture, keypoints_of, match_keypoints
from glocal.agreement.keypoints import MOST
from glocal.features import CompactFeatures
from glocal.matching import match_features


def pixels_of(name: str) -> NDArray[np.uint8]:
    return np.asarray(Image.open(EXAMPLES / name).convert("RGB").resize((1024, 768)))


def keypoints(pixels: NDArray[np.uint8]) -> CompactFeatures:
    return keypoints_of(Picture.of(pixels, (pixels.shape[1], pixels.shape[0])))


def test_they_lie_in_the_photo_and_have_length_one() -> None:
    found = keypoints(pixels_of("stitch_kayak/kayak_02.jpg"))
    assert 500 < len(found) <= MOST
    assert found.image_size == (1024, 768)
    assert ((found.keypoints > -1) & (found.keypoints < found.image_size)).all()
    assert len(np.unique(found.keypoints, axis=0)) == len(found)
    assert np.allclose(np.linalg.norm(found.floats(), axis=1), 1, atol=2e-3)


def test_those_of_the_upper_left_quarter_are_those_of_the_whole() -> None:
    pixels = pixels_of("stitch_kayak/kayak_02.jpg")[:512, :512]
    whole, quarter = (keypoints(np.ascontiguousarray(part)) for part in (pixels, pixels[:256, :256]))
    inside = whole.only(np.flatnonzero((whole.keypoints < 220).all(axis=1)))
    distances = np.linalg.norm(inside.keypoints[:, None] - quarter.keypoints[None], axis=2)
    assert (distances.min(axis=1) < 0.5).mean() > 0.9


@pytest.mark.parametrize("angle", [0, 40, 90, 180])
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_a_turned_and_shrunk_photo_is_laid_where_it_was(angle: float, scale: float) -> None:
    pixels = pixels_of("stitch_apartment_building/apartment_building_01.jpg")
    turn = cv2.getRotationMatrix2D((511.5, 383.5), angle, scale)
    turned = cv2.warpAffine(pixels, turn, (1024, 768), flags=cv2.INTER_AREA).astype(np.uint8)
    match = match_features(keypoints(pixels), keypoints(turned))
    assert match.support > 50
    assert match.transform is not None
    points = np.array([[400, 300, 1], [600, 300, 1], [500, 450, 1]])
    assert np.allclose(points @ match.transform[:2].T, points @ turn.T, atol=3)


def test_unlike_photos_have_no_more_than_chance() -> None:
    one, other = (keypoints(pixels_of(f"pixabay/{name}")) for name in ("bird04.jpg", "cat03.jpg"))
    assert match_features(one, other).support < 8


def seen(pixels: NDArray[np.uint8]) -> Picture:
    return Picture.of(pixels, (pixels.shape[1], pixels.shape[0]))


@pytest.mark.slow
def test_what_lies_behind_two_things_is_not_the_thing() -> None:
    wall = pixels_of("stitch_apartment_building/apartment_building_01.jpg")[:, :720]
    one, other = (np.full((768, 600, 3), colour, np.uint8) for colour in ((180, 60, 20), (20, 90, 160)))
    photo = np.hstack([one, wall[:, :420]])  # the wall at its right
    beside = np.hstack([wall[:, 60:480], other])  # and at its left, other things before it
    match = match_features(keypoints(photo), keypoints(beside))
    assert match.support > 8
    assert match_keypoints(SeenPicture.of(seen(photo), None), SeenPicture.of(seen(beside))) is None
    assert match_keypoints(SeenPicture.of(seen(photo), (0, 0, 600, 768)), SeenPicture.of(seen(beside))) is None
    assert match_keypoints(SeenPicture.of(seen(photo), (670, 0, 350, 768)), SeenPicture.of(seen(beside))) is not None
    wider = np.hstack([one[:, :300], wall])
    assert (
        match_keypoints(SeenPicture.of(seen(wider), None), SeenPicture.of(seen(np.ascontiguousarray(wall[:, 60:]))))
        is not None
    )


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_has_none(level: int) -> None:
    found = keypoints(np.full((300, 400, 3), level, np.uint8))
    assert len(found) == 0
    assert match_features(found, keypoints(pixels_of("pixabay/bird04.jpg"))).support == 0

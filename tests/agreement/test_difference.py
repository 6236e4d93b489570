"""What differs between copies, told by the change that was made."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from toy_photos import picture

from glocal.agreement import Picture, PictureDifference, difference_of
from glocal.arrays import Pixels

PHOTO = picture(3, 480, 360)


def difference(changed: Pixels, transform: Any = None) -> PictureDifference:
    """Compare the photo with a changed one, laid over it a little wrong."""
    wrong = np.array([[1.002, 0.001, 0.8], [-0.001, 0.999, -0.6], [0, 0, 1]])
    a, b = (Picture.of(one, (one.shape[1], one.shape[0])) for one in (PHOTO, np.ascontiguousarray(changed)))
    found = difference_of(a, b, (np.eye(3) if transform is None else np.array(transform, float)) @ wrong)
    assert found is not None
    return found


def test_nothing_differs():
    found = difference(PHOTO)
    assert (found.mirrored, found.first_framed, found.second_framed, found.written) == (False, False, False, 0)
    assert min(found.first_share, found.second_share) > 0.98
    assert found.scale == pytest.approx(1, abs=0.003)
    assert abs(found.turned) < 0.1
    assert abs(found.brighter) < 0.5


def test_crop_and_size():
    """The middle, 240 x 180 of 480 x 360, made twice as large: a quarter at scale 2."""
    crop = cv2.resize(PHOTO[90:270, 120:360], (480, 360))
    found = difference(crop, [[2, 0, -239.5], [0, 2, -179.5], [0, 0, 1]])
    assert found.scale == pytest.approx(2, rel=0.01)
    assert found.first_share == pytest.approx(0.25, abs=0.03)
    assert found.second_share == pytest.approx(1, abs=0.03)
    assert not found.first_framed


def test_frame():
    framed = cv2.copyMakeBorder(PHOTO, 60, 60, 80, 80, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    found = difference(framed, [[1, 0, 80], [0, 1, 60], [0, 0, 1]])
    assert (found.first_framed, found.second_framed) == (False, True)
    assert found.second_share == pytest.approx(480 * 360 / (640 * 480), abs=0.03)


@pytest.mark.parametrize(
    ("changed", "transform", "turned", "mirrored"),
    [
        (np.rot90(PHOTO, -1), [[0, -1, 359], [1, 0, 0], [0, 0, 1]], 90, False),
        (np.rot90(PHOTO), [[0, 1, 0], [-1, 0, 479], [0, 0, 1]], -90, False),
        (PHOTO[:, ::-1], [[-1, 0, 479], [0, 1, 0], [0, 0, 1]], 0, True),
    ],
)
def test_turned_and_mirrored(changed, transform, turned, mirrored):
    found = difference(changed, transform)
    assert found.turned == pytest.approx(turned, abs=0.2)
    assert found.mirrored == mirrored


def test_stretched():
    assert difference(PHOTO).stretch == pytest.approx(1, abs=0.003)
    assert difference(cv2.resize(PHOTO, (360, 360)), np.diag([0.75, 1, 1])).stretch == pytest.approx(4 / 3, abs=0.01)


def test_tones_and_colours():
    dark = difference((PHOTO * 0.5).astype(np.uint8))
    assert dark.brighter == pytest.approx(-0.5 * cv2.cvtColor(PHOTO, cv2.COLOR_RGB2GRAY).mean(), rel=0.05)
    assert dark.contrast == pytest.approx(0.5, abs=0.03)
    assert dark.written < 0.002
    grey = difference(np.repeat(cv2.cvtColor(PHOTO, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2))
    assert (grey.first_colours, grey.second_colours) == (True, False)


def test_a_mark_is_told_from_tones():
    marked = PHOTO.copy()
    marked[300:330, 40:200] = 255 - marked[300:330, 40:200]
    found = difference(marked)
    area = 30 * 160 / (480 * 360)
    assert 0.2 * area < found.written < 1.5 * area  # where tones of both are nearly the same, nothing differs


def test_pictures_that_share_nothing():
    a = Picture.of(PHOTO, (480, 360))
    assert difference_of(a, a, np.array([[1, 0, 5000.0], [0, 1, 0], [0, 0, 1]])) is None

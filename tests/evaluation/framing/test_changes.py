from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from glocal.evaluation.framing import CHANGES

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (120, 200, 3), np.uint8))
OTHER = Image.new("RGB", (1280, 960), (10, 20, 30))


def changed(name: str) -> Image.Image:
    return CHANGES[name](PICTURE, OTHER)


def test_quarter_turns_and_mirror_images_are_exact() -> None:
    pixels = np.asarray(PICTURE)
    for degrees, turns in ((90, 1), (180, 2), (270, 3)):
        np.testing.assert_array_equal(np.asarray(changed(f"turned by {degrees}°")), np.rot90(pixels, turns))
    np.testing.assert_array_equal(np.asarray(changed("mirrored")), pixels[:, ::-1])


def test_what_is_kept_is_as_large_as_the_name_says() -> None:
    assert changed("a quarter of each side").size == (50, 30)
    crop = changed("a tenth of the area, cropped")
    assert crop.width * crop.height == pytest.approx(0.1 * 200 * 120, rel=0.02)
    page = np.asarray(changed("pasted into a tenth of another"))
    assert page.shape == (480, 640, 3)
    assert (page != [10, 20, 30]).any(axis=2).mean() == pytest.approx(0.1, rel=0.02)


def test_turns_are_those_of_every_fifteen_degrees() -> None:
    assert sum(name.startswith("turned") for name in CHANGES) == 23
    assert changed("turned by 45°").width > PICTURE.width

"""Which cells are worth a feature: against a slow literal rule, and on pictures where the answer is plain to see."""

import numpy as np
import pytest
from example_photos import EXAMPLES
from PIL import Image

from glocal.extraction import load_model
from glocal.extraction.card import LocalMap
from glocal.extraction.worth import worth_keeping
from glocal.matching import match_features

GRID = LocalMap(stride=16, offset=15, receptive_field=99, dimensions=4, attention_threshold=0.3)


def literal(picture, shape):
    """Every number by itself: spread of 5 x 5 pixels, part of 64 x 64 that has it, distance to the border."""
    weights = np.array([0.299, 0.587, 0.114])
    grey = np.rint(picture @ weights)
    height, width = grey.shape
    padded = np.pad(grey, 2, mode="reflect")
    textured = np.array([[padded[y : y + 5, x : x + 5].std() > 4.0 for x in range(width)] for y in range(height)])
    wide = np.pad(textured, 64, mode="reflect")
    kept = np.zeros(shape, bool)
    for i in range(shape[0]):
        for j in range(shape[1]):
            y, x = min(15 + 16 * i, height - 1), min(15 + 16 * j, width - 1)
            share = wide[y + 32 : y + 96, x + 32 : x + 96].mean()
            inside = min(y, x, height - 1 - y, width - 1 - x) >= 16
            kept[i, j] = share >= 0.5 and inside
    return kept


@pytest.mark.parametrize("seed", range(4))
def test_equals_the_literal_rule(seed):
    rng = np.random.default_rng(seed)
    height, width = 16 * rng.integers(5, 9, 2)
    picture = np.full((height, width, 3), 200, np.uint8)
    top, left = rng.integers(0, height - 40), rng.integers(0, width - 40)
    picture[top:, left:] = rng.integers(0, 256, (height - top, width - left, 1), np.uint8)
    shape = (height // 16, width // 16)
    expected = literal(picture, shape)
    assert np.array_equal(worth_keeping(picture, shape, GRID), expected)
    assert not expected.all()


@pytest.mark.parametrize("side", [32, 40, 64])
def test_small_pictures_are_no_error(side):
    picture = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    assert worth_keeping(picture, (side // 16, side // 16), GRID).shape == (side // 16, side // 16)


@pytest.mark.parametrize(
    "ground",
    [(255, 255, 255), *(pytest.param(ground, marks=pytest.mark.slow) for ground in ((0, 0, 0), (40, 80, 150)))],
)
def test_unlike_photos_on_the_same_plain_ground_do_not_agree(ground):
    """A stamp on a scanner's lid, a picture in a phone's gallery: what is around them is no evidence."""
    model = load_model()
    on_ground = []
    for name in ("stitch_kayak/kayak_02.jpg", "pixabay/car01.jpg"):
        page = Image.new("RGB", (640, 900), ground)
        page.paste(Image.open(EXAMPLES / name).convert("RGB").resize((240, 180)), (200, 350))
        on_ground.append(model.extract(page).compact())
    assert match_features(*on_ground).inlier_count < 12

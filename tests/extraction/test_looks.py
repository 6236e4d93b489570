"""Looks at a photo are seen alike, however their levels are spread over the cores."""

import numpy as np
import pytest
from example_photos import EXAMPLES

from glocal.extraction import load_model
from glocal.extraction.looks import Look, see, see_all
from glocal.extraction.pyramid import pyramid
from glocal.extraction.shown import Shown
from glocal.images import read_decoded

PHOTOS = ("stitch_kayak/kayak_02.jpg", "pixabay/car02.jpg")


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def looks(model):
    def look(name, base, limit):
        photo = read_decoded(EXAMPLES / name, fit=None)
        shown = Shown(photo.pixels, photo.size, (0, 0, *photo.size))
        return Look(shown, list(pyramid(shown.pixels, shown.size, model.preset, base)), limit, model._network)

    return [look(name, base, limit) for name in PHOTOS for base, limit in ((150, 40), (300, 200))]


@pytest.mark.parametrize("chosen", [slice(0, 1), slice(1, 3), slice(None)])
def test_all_looks_together_are_what_each_is_by_itself(model, looks, chosen):
    together = see_all(looks[chosen], model.card.local)
    by_itself = [see(look, 1, model.card.local) for look in looks[chosen]]
    assert len(together) == len(by_itself)
    for seen, expected in zip(together, by_itself, strict=True):
        assert np.array_equal(seen.global_descriptors, expected.global_descriptors)
        for part in ("keypoints", "scales", "attention", "descriptors"):
            assert np.array_equal(getattr(seen.local, part), getattr(expected.local, part))


def test_a_look_of_one_level_is_shared_by_the_cores(model, looks):
    """One level is less than there are cores, but on a machine with one."""
    alone = Look(looks[0].shown, looks[0].levels[-1:], 30, model._network)
    (seen,) = see_all([alone], model.card.local)
    expected = see(alone, 1, model.card.local)
    assert 0 < len(seen.local.keypoints) <= 30
    assert np.allclose(seen.local.descriptors, expected.local.descriptors, atol=1e-4)


def test_no_look_sees_nothing(model):
    assert see_all([], model.card.local) == []

"""Frames: the same for every photo, and most of what differs lies where the photo is."""

import numpy as np
import pytest
from PIL import Image

from glocal.evaluation.framing import FITTED, HELD_OUT

FRAMES = {**FITTED, **HELD_OUT}


def noise(seed):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (240, 320, 3), np.uint8))


@pytest.mark.slow
@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_the_same_around_other_photos(name):
    a, b = (np.asarray(FRAMES[name](noise(seed))).astype(int) for seed in (0, 1))
    assert a.shape == b.shape
    assert a.shape[2] == 3
    differs = np.abs(a - b).max(axis=2) > 0
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    box = differs[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert box.mean() > 0.85, "what differs is one rectangle: the photo"
    assert np.array_equal(a, np.asarray(FRAMES[name](noise(0)))), "drawn again it is the same"


def test_frames_that_check_are_not_those_that_were_fitted():
    assert not set(FITTED) & set(HELD_OUT)

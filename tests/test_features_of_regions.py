"""What features know of the part of a photo that they are of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.features import CompactFeatures, Features, Region, region_in
from glocal.orientation import QUARTER_TURNS, Orientation

SIZE = (640, 480)
REGION = (30.0, 40.0, 300.0, 200.0)


def features(region: Region | None) -> Features:
    ones = np.ones(1, np.float32)
    return Features(
        SIZE, np.full((1, 2), 50.0, np.float32), ones, ones, ones, np.ones((1, 128), np.float32), region=region
    )


@pytest.mark.parametrize("region", [None, REGION])
def test_the_region_stays_with_them(region: Region | None) -> None:
    compact = features(region).compact()
    assert compact.region == region
    assert compact.only(np.array([0])).region == region
    assert compact.moved(np.eye(3), SIZE).region == region


@given(st.sampled_from(QUARTER_TURNS), st.booleans())
def test_it_turns_as_the_picture_does(turn: Orientation, mirrored: bool) -> None:
    way = Orientation(turn.quarter_turns, mirrored=mirrored)
    left, top, width, height = REGION
    x, y, right, bottom = way.box((int(left), int(top), int(left + width), int(top + height)), *SIZE)
    found = region_in(way.transform(*SIZE), REGION)
    assert found == pytest.approx((x, y, right - x, bottom - y), abs=1)  # edges of pixels against their middles


def test_stored_features_are_of_whole_photos() -> None:
    ones = np.ones(1, np.float32)
    assert CompactFeatures(SIZE, np.ones((1, 2), np.float32), ones, ones, np.zeros((1, 16), np.uint8)).region is None

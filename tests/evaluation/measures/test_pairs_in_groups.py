"""Pairwise measures of groups, against every pair looked at one by one."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.evaluation.measures import pairwise_measures

PHOTOS = st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 3)), max_size=14)
"""Of each photo: what it shows, None if it does not count; and its group, 0 for none."""


@given(PHOTOS)
def test_every_pair_is_counted_once(photos):
    identities = {number: shows for number, (shows, _) in enumerate(photos) if shows}
    groups = [[number for number, (_, group) in enumerate(photos) if group == wanted] for wanted in (1, 2, 3)]
    found = pairwise_measures(groups, identities)
    right = together = wanted = 0
    for (a, in_a), (b, in_b) in combinations(photos, 2):
        same, joined = a is not None and a == b, in_a == in_b > 0
        right += same and joined
        wanted += same
        together += joined and not (a is None and b is None)
    assert found["precision"] == pytest.approx(right / together if together else math.nan, nan_ok=True)
    assert found["recall"] == pytest.approx(right / wanted if wanted else math.nan, nan_ok=True)
    assert found["wrong pairs"] == together - right
    if right:
        harmonic = 2 / (1 / found["precision"] + 1 / found["recall"])
        assert found["F1"] == pytest.approx(harmonic)
    mixed = [{identities.get(photo) for photo in group} for group in groups]
    assert found["wrong groups"] == sum(len(shown) > 1 for shown in mixed)

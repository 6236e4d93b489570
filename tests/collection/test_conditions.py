"""Conditions on photos: what they mean, and what cannot be understood."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.collection import Where
from glocal.errors import ConditionError

PHOTO = {
    "date": "2019-05-06T07:08:09+02:00",
    "latitude": 48.5,
    "longitude": 9.05,
    "camera": "Google Pixel 7",
    "year": 2019,
    "place": "Tübingen",
    "tags": ["Boat", "river"],
    "seen": {"by": "Ada", "times": 3},
    "draft": True,
}


@pytest.mark.parametrize(
    "text",
    [
        "date=2019",
        "date=2019-05",
        "date=2019-05-06",
        "date>=2019-05-06",
        "date<=2019-05",
        "date>2018",
        "date<2019-05-07",
        "date=2018..2019",
        "date=2019-05-06T07",
        "date=..2019",
        "date=2019..",
        "date!=2020",
        "camera=*pixel*",
        "camera!=*iphone*",
        "place=TÜBINGEN",
        "year=2019",
        "year=2019.0",
        "year>2000",
        "year=2000..2020",
        "tags=boat",
        "tags=R*r",
        "seen.by=ada",
        "seen.times>=3",
        "draft=true",
        "place",
        "gps=48,9,49,9.1",
        "gps=-90,170,90,10",
        "missing!=x",
    ],
)
def test_what_holds(text):
    assert Where.of(text).holds(PHOTO)


@pytest.mark.parametrize(
    "text",
    [
        "date=2018",
        "date<2019",
        "date>2019",
        "date<=2019-04",
        "date=2020..",
        "date!=2019-05",
        "camera=pixel",
        "camera=*iphone*",
        "year=201",
        "year<300",
        "tags=boa",
        "place=T",
        "tags!=boat",
        "missing",
        "missing=x",
        "missing<3",
        "seen.times=2",
        "draft=false",
        "gps=47,9,48,10",
        "gps=-90,10,90,170",
        "seen.by.more=1",
    ],
)
def test_what_does_not(text):
    assert not Where.of(text).holds(PHOTO)


def test_all_have_to_hold_and_an_unknown_place_is_nowhere():
    assert Where.of("year=2019", "draft").holds(PHOTO)
    assert not Where.of("year=2019", "draft=false").holds(PHOTO)
    assert not Where.of("gps=-90,-180,90,180").holds({})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=x",
        "date=May",
        "date>",
        "gps=1,2,3",
        "gps=50,0,40,1",
        "gps=nan,0,1,1",
        "gps<1,2,3,4",
        "folder>x",
        "gps",
        "<>",
    ],
)
def test_what_cannot_be_understood_is_said(text):
    with pytest.raises(ConditionError, match="cannot be understood"):
        Where.of(text)


moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0))


@given(moments, moments, st.sampled_from([4, 7, 10, 13, 16, 19]), st.sampled_from(["<", "<=", ">", ">=", "=", "!="]))
def test_dates_compare_as_the_periods_that_they_name(taken, bound, length, relation):
    """By datetime: the period begins at its text, filled up, and a date is compared at the period's precision."""
    parts = {4: 1, 7: 2, 10: 3, 13: 4, 16: 5, 19: 6}[length]
    a, b = taken.timetuple()[:parts], bound.timetuple()[:parts]
    expected = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "=": a == b, "!=": a != b}[relation]
    where = Where.of(f"date{relation}{bound.isoformat()[:length]}")
    assert where.holds({"date": taken.isoformat()}) == expected


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_numbers_compare_as_numbers(a, b):
    facts = {"value": a}
    assert Where.of(f"value<{b!r}").holds(facts) == (a < b)
    assert Where.of(f"value={b!r}").holds(facts) == (a == b)
    assert Where.of(f"value>={b!r}").holds(facts) == (a >= b)


@given(st.text("ab*?.[\\^", max_size=6))
def test_any_text_is_like_itself(text):
    assert Where.of(f"value={text}").holds({"value": text.strip()}) or ".." in text

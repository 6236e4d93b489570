"""The bounded parallel map, with real threads."""

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glocal.parallel_map import map_ahead


@settings(max_examples=30)
@given(st.lists(st.integers(0, 3)), st.integers(1, 4), st.integers(1, 6))
def test_keeps_the_order_whatever_each_item_takes(delays, workers, ahead):
    def slow(item):
        time.sleep(item[1] / 2000)
        return item

    items = list(enumerate(delays))
    assert list(map_ahead(slow, items, workers=workers, ahead=ahead)) == items


def test_takes_no_more_than_asked_ahead_of_the_reader():
    taken = []
    reader = map_ahead(lambda i: i, (taken.append(i) or i for i in range(1000)), workers=2, ahead=5)
    for read in range(20):
        assert next(reader) == read
        assert len(taken) <= read + 1 + 5
    reader.close()  # type: ignore[attr-defined]  # it is a generator


def test_an_error_comes_at_its_place():
    reader = map_ahead(lambda i: 1 // (i - 2), range(10), workers=3, ahead=6)
    assert [next(reader), next(reader)] == [-1, -1]
    with pytest.raises(ZeroDivisionError):
        next(reader)


def test_a_reader_that_stops_leaves_no_threads_and_little_work_done():
    done = []
    reader = map_ahead(lambda i: done.append(i) or time.sleep(0.01), range(1000), workers=2, ahead=8)
    next(reader)
    reader.close()  # type: ignore[attr-defined]  # it is a generator
    assert len(done) <= 12
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("glocal-map")]

"""Mutual nearest neighbours against a literal loop over bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from glocal.matching.hamming import mutual_nearest


def slow_mutual_nearest(codes_a, codes_b):
    """Compare every bit of every pair; the first of equally near rows is the nearest."""
    bits_a, bits_b = np.unpackbits(codes_a, axis=1), np.unpackbits(codes_b, axis=1)
    table = [[int((a != b).sum()) for b in bits_b] for a in bits_a]
    result = []
    for i, row in enumerate(table):
        j = row.index(min(row))
        column = [other[j] for other in table]
        if column.index(min(column)) == i:
            result.append((i, j, row[j]))
    return result


def as_triples(codes_a, codes_b):
    pairs, distances = mutual_nearest(codes_a, codes_b)
    assert pairs.dtype == np.int32
    assert pairs.shape == (len(distances), 2)
    return [(int(i), int(j), int(d)) for (i, j), d in zip(pairs, distances, strict=True)]


def code_arrays(width, values):
    return st.integers(1, 9).flatmap(lambda n: hnp.arrays(np.uint8, (n, width), elements=values))


@settings(max_examples=40)
@given(st.data(), st.sampled_from([1, 8, 16, 48]))
def test_equals_a_literal_loop_with_many_ties(data, width):
    values = st.sampled_from([0, 1, 3, 255])
    codes_a, codes_b = data.draw(code_arrays(width, values)), data.draw(code_arrays(width, values))
    assert as_triples(codes_a, codes_b) == slow_mutual_nearest(codes_a, codes_b)


@pytest.mark.parametrize("bits", [128, 256, 512, 4096])
def test_equals_a_literal_loop_on_random_codes(bits):
    rng = np.random.default_rng(bits)
    codes_a = rng.integers(0, 256, (23, bits // 8), dtype=np.uint8)
    codes_b = rng.integers(0, 256, (31, bits // 8), dtype=np.uint8)
    assert as_triples(codes_a, codes_b) == slow_mutual_nearest(codes_a, codes_b)


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_swapping_the_photos_swaps_the_pairs_when_there_are_no_ties(seed):
    rng = np.random.default_rng(seed)
    codes_a = rng.integers(0, 256, (20, 64), dtype=np.uint8)
    codes_b = codes_a[rng.permutation(20)] ^ np.packbits(rng.random((20, 512)) < 0.1, axis=1)
    forward = {(i, j, d) for i, j, d in as_triples(codes_a, codes_b)}
    assert forward == {(j, i, d) for i, j, d in as_triples(codes_b, codes_a)}


def test_equal_codes_match_once_by_lowest_row():
    same = np.full((5, 16), 7, np.uint8)
    assert as_triples(same, same) == [(0, 0, 0)]


def test_greatest_distance_is_counted_in_full():
    assert as_triples(np.zeros((1, 512), np.uint8), np.full((1, 512), 255, np.uint8)) == [(0, 0, 4096)]


@pytest.mark.parametrize(("count_a", "count_b"), [(0, 0), (0, 3), (3, 0)])
def test_no_codes_no_pairs(count_a, count_b):
    pairs, distances = mutual_nearest(np.zeros((count_a, 16), np.uint8), np.zeros((count_b, 16), np.uint8))
    assert pairs.shape == (0, 2)
    assert distances.shape == (0,)


def test_rows_beyond_32767_are_counted_right():
    codes = np.arange(65535, dtype=np.uint32).view(np.uint8).reshape(-1, 4)
    assert as_triples(codes[[65534, 40000]], codes) == [(0, 65534, 0), (1, 40000, 0)]


def test_not_contiguous_codes_are_read_right():
    rng = np.random.default_rng(5)
    wide = rng.integers(0, 256, (40, 32), dtype=np.uint8)
    part = wide[::2, :16]
    assert as_triples(part, part) == [(i, i, 0) for i in range(20)]


def test_codes_of_different_width_are_refused():
    with pytest.raises(ValueError, match="one width"):
        mutual_nearest(np.zeros((2, 16), np.uint8), np.zeros((2, 32), np.uint8))


def test_codes_too_wide_for_the_keys_are_refused():
    with pytest.raises(ValueError, match="at most 4096 bits"):
        mutual_nearest(np.zeros((2, 1024), np.uint8), np.zeros((2, 1024), np.uint8))

"""Streaming past distractors gives the same places and the same top as sorting everything at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.ranking.ranking import rank
from glocal.evaluation.similarity import on_grid, rankings


def coarse(rng: np.random.Generator, count: int, dtype: type[np.floating] = np.float16) -> np.ndarray:
    """Descriptors with so few different values that many are equal, and many inner products tie."""
    signs = rng.choice([-0.5, 0.5], size=(count, 4))
    return signs.astype(dtype)


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 20), st.integers(0, 60), st.integers(1, 30), st.integers(1, 17))
def test_ties_are_kept_in_database_order(seed: int, core: int, more: int, depth: int, block: int) -> None:
    rng = np.random.default_rng(seed)
    queries, database = coarse(rng, 3), coarse(rng, core + more)
    blocks = [database[core:][start : start + block] for start in range(0, more, block)]
    ranked = rank(queries, database[:core], blocks, depth)
    for query, found in zip(queries, ranked, strict=True):
        scores = [float(query.astype(float) @ row.astype(float)) for row in database]
        expected = sorted(range(core + more), key=lambda row: (-scores[row], row))
        assert found.top.tolist() == expected[:depth]
        assert found.similarities.tolist() == [scores[row] for row in expected[:depth]]
        assert found.places.tolist() == [expected.index(row) for row in range(core)]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_blocks_threads_and_shapes_do_not_change_a_ranking(dtype: type[np.floating]) -> None:
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(700, 256))
    database = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(dtype)
    database[300] = database[10]
    database[699] = database[10]
    queries = database[[10, 200, 411]]
    whole = rank(queries, database)
    parts = rank(queries, database[:100], [database[100:333], database[333:334], database[334:]], 700)
    for all_at_once, streamed in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(all_at_once.top, streamed.top)
        np.testing.assert_array_equal(all_at_once.similarities, streamed.similarities)
        np.testing.assert_array_equal(all_at_once.places[:100], streamed.places)
    assert whole[0].top[:3].tolist() == [10, 300, 699]


def test_inner_products_are_exact_in_any_order() -> None:
    rng = np.random.default_rng(6)
    vectors = rng.normal(size=(8, 2048))
    exact = on_grid((vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32))
    order = rng.permutation(2048)
    forward = exact @ exact.T
    np.testing.assert_array_equal(forward, exact[:, order] @ exact[:, order].T)
    by_integers = [
        [sum(int(a * 2**24) * int(b * 2**24) for a, b in zip(x, y, strict=True)) / 2**48 for y in exact[:2]]
        for x in exact[:2]
    ]
    assert forward[:2, :2].tolist() == by_integers


def test_rankings_sorts_ties_by_column() -> None:
    assert rankings(np.array([[0.0, 1.0, 0.0, 1.0]])).tolist() == [[1, 3, 0, 2]]


def test_a_distractor_that_is_not_finite_is_named() -> None:
    broken = np.eye(4)
    broken[2, 1] = np.inf
    with pytest.raises(EvaluationError, match=r"distractors from row 4: row 2 .* not finite"):
        rank(np.eye(4)[:1], np.eye(4), [np.eye(4), broken])

"""Leave-one-out on folders and the N-S score, against loops and hand-worked numbers."""

import math

import numpy as np
import pytest

from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.measures.folder_measures import leave_one_out, ns_score, score_similarities


def unit(rng: np.random.Generator, count: int, dimensions: int = 16) -> np.ndarray:
    vectors = rng.normal(size=(count, dimensions))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def angle(degrees: float) -> list[float]:
    return [math.cos(math.radians(degrees)), math.sin(math.radians(degrees))]


def test_hand_worked() -> None:
    # On a circle: a at 0 and 30 degrees, b at 10 and 50, c alone at 95.
    descriptors = np.array([angle(0), angle(30), angle(10), angle(50), angle(95)])
    measured = leave_one_out(descriptors, ["a", "a", "b", "b", "c"])
    # a0 sees b10 a30 ...: rank 1, AP 1/4.   a30: b10 and b50 (20 each), then a0: rank 2, AP (0 + 1/3)/2 = 1/6.
    # b10: a0 (10), a30 (20), b50: rank 2, AP 1/6.   b50: a30 (20), b10 (40), c95 (45): rank 1,
    # AP 1/4.   c has no second view: left out.
    assert measured.average_precision[:4] == pytest.approx([1 / 4, 1 / 6, 1 / 6, 1 / 4])
    assert math.isnan(measured.average_precision[4])
    assert measured.metrics == pytest.approx({"mAP": 5 / 24, "R@1": 0.0, "R@5": 1.0, "R@10": 1.0})


def test_against_a_loop_over_random_descriptors() -> None:
    rng = np.random.default_rng(1)
    descriptors = unit(rng, 60)
    identities = rng.integers(0, 15, 60).tolist()
    measured = leave_one_out(descriptors, identities)
    for query in range(60):
        others = sorted(
            (other for other in range(60) if other != query),
            key=lambda other: (-float(descriptors[query] @ descriptors[other]), other),
        )
        places = [place for place, other in enumerate(others) if identities[other] == identities[query]]
        if not places:
            assert math.isnan(measured.first[query])
            continue
        area = sum(
            ((found / place if place else 1.0) + (found + 1) / (place + 1)) / 2 for found, place in enumerate(places)
        )
        assert measured.first[query] == places[0]
        assert measured.average_precision[query] == pytest.approx(area / len(places), abs=1e-12)


def test_the_diagonal_is_not_looked_at() -> None:
    rng = np.random.default_rng(2)
    similarities = rng.normal(size=(12, 12))
    hidden = similarities.copy()
    np.fill_diagonal(hidden, -np.inf)
    identities = [0, 1, 2] * 4
    np.testing.assert_array_equal(
        score_similarities(similarities, identities).average_precision,
        score_similarities(hidden, identities).average_precision,
    )


def test_ns_score_counts_the_query_itself() -> None:
    rng = np.random.default_rng(3)
    centres = np.repeat(unit(rng, 5), 4, axis=0) + 0.01 * rng.normal(size=(20, 16))
    descriptors = centres / np.linalg.norm(centres, axis=1, keepdims=True)
    assert ns_score(descriptors, [f"object{number // 4}" for number in range(20)]) == 4.0
    # Labels dealt round: each object's views are four different clusters, and only the query itself is right.
    assert ns_score(np.repeat(np.eye(4), 4, axis=0), [0, 1, 2, 3] * 4) == 1.0


def test_ns_score_needs_four_views() -> None:
    with pytest.raises(EvaluationError, match="exactly four photos of each object; mug"):
        ns_score(np.eye(5), ["cup", "cup", "cup", "cup", "mug"])


@pytest.mark.parametrize(
    ("descriptors", "message"),
    [
        (np.full((2, 2), np.nan), "row 0 has values that are not finite"),
        (np.array([[1.0, 0.0], [3.0, 4.0]]), "row 1 has length 5, not 1"),
        (np.ones(4), r"expected floats of shape \[photos, dimensions\]"),
        (np.eye(2, dtype=np.int64), "not int64"),
        (np.eye(3), "2 identities do not fit"),
    ],
)
def test_wrong_descriptors(descriptors: np.ndarray, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        leave_one_out(descriptors, ["a", "a"])


def test_nothing_to_find() -> None:
    with pytest.raises(EvaluationError, match="no identity has two photos"):
        leave_one_out(np.eye(3), ["a", "b", "c"])

"""The revisited protocols against a literal walk down the ranking, photo by photo, and a hand-worked miniature."""

import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from glocal.evaluation.datasets.annotation_files import load_annotations
from glocal.evaluation.datasets.annotations import Annotations, Protocol, Query
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.measures.average_precision import Scores
from glocal.evaluation.runs.revisited import score_rankings

MakeAnnotations = Callable[[int, int, int], Annotations]


def walk(ranking: np.ndarray, right: set[int], junk: set[int], cutoffs: tuple[int, ...]) -> list[float]:
    """AP, then precision and recall at each cut-off, of one query as the paper and its code define them."""
    kept = [row for row in ranking.tolist() if row not in junk]
    area, found, last_place = 0.0, 0, 0
    for place, row in enumerate(kept, start=1):
        if row not in right:
            continue
        precision_before = found / (place - 1) if place > 1 else 1.0
        found += 1
        area += (precision_before + found / place) / 2 / len(right)
        last_place = place
    precision = [sum(row in right for row in kept[: min(k, last_place)]) / min(k, last_place) for k in cutoffs]
    recall = [sum(row in right for row in kept[:k]) / len(right) for k in cutoffs]
    return [area, *precision, *recall]


def literal(annotations: Annotations, rankings: np.ndarray, protocol: str) -> list[float]:
    """The means over the queries that have positives."""
    rows = []
    for query, ranking in zip(annotations.queries, rankings, strict=True):
        easy, hard, junk = set(query.easy.tolist()), set(query.hard.tolist()), set(query.junk.tolist())
        right, ignored = {
            "easy": (easy, junk | hard),
            "medium": (easy | hard, junk),
            "hard": (hard, junk | easy),
        }[protocol]
        if right:
            rows.append(walk(ranking, right, ignored, (1, 5, 10)))
    return [math.fsum(column) / len(rows) for column in zip(*rows, strict=True)]


def means(scores: Scores) -> list[float]:
    return list(scores.metrics.values())


def random_rankings(rng: np.random.Generator, annotations: Annotations) -> np.ndarray:
    """Rankings between useless and good: labelled photos are drawn forward by a random amount."""
    scores = rng.normal(size=(len(annotations.queries), len(annotations.photos)))
    for row, query in zip(scores, annotations.queries, strict=True):
        row[query.labelled] += rng.uniform(0, 6)
    return np.argsort(-scores, axis=1)


def audit(annotations: Annotations, rounds: int) -> None:
    rng = np.random.default_rng(0)
    for _ in range(rounds):
        rankings = random_rankings(rng, annotations)
        for protocol in Protocol:
            measured = means(score_rankings(annotations, rankings, protocol))
            np.testing.assert_allclose(measured, literal(annotations, rankings, protocol.value), rtol=0, atol=1e-12)


def test_random_rankings_against_the_literal_definition(random_annotations: MakeAnnotations) -> None:
    # 12 rounds x 30 queries x 3 protocols = 1,080 rankings, with every list size of the published files.
    annotations = random_annotations(7, 1500, 30)
    assert any(not len(query.positives(Protocol.EASY)) for query in annotations.queries)
    assert any(not len(query.positives(Protocol.HARD)) for query in annotations.queries)
    audit(annotations, 12)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["roxford5k", "rparis6k"])
def test_published_annotations_against_the_literal_definition(name: str) -> None:
    folder = os.environ.get("GLOCAL_REVISITED")
    if not folder:
        pytest.skip("GLOCAL_REVISITED names no folder with gnd_roxford5k.pkl and gnd_rparis6k.pkl")
    audit(load_annotations(Path(folder) / f"gnd_{name}.pkl"), 15)


def test_hand_worked_miniature() -> None:
    """Five photos A B C D E (rows 0 to 4), two queries; between them junk stands first, in the middle and last.

    Query 1: easy {B}, hard {D}, junk {A, E, C};  ranking A B C D E:  junk at places 1, 3 and 5.
    Query 2: easy {},  hard {C, E}, junk {B};      ranking C B D E A:  junk at place 2.
    """
    annotations = Annotations(
        tuple("ABCDE"),
        (
            Query("one", None, easy=np.array([1]), hard=np.array([3]), junk=np.array([0, 4, 2])),
            Query("two", None, easy=np.array([], int), hard=np.array([2, 4]), junk=np.array([1])),
        ),
    )
    rankings = np.array([[0, 1, 2, 3, 4], [2, 1, 3, 4, 0]])

    # Easy. Query 1: positives B, junk A C D E: the ranking is B. AP 1, P@k 1, R@k 1.
    # Query 2 has no easy photo: skipped, not counted as 0.
    easy = score_rankings(annotations, rankings, Protocol.EASY)
    assert means(easy) == [1, 1, 1, 1, 1, 1, 1]
    assert math.isnan(easy.average_precision[1])

    # Medium. Query 1: positives B D, junk A C E: the ranking is B D. AP (1+1)/2/2 + (1+1)/2/2 = 1.
    #   P@1 1; P@5 and P@10 stop at place 2: 2/2 = 1. R@1 1/2, R@5 1, R@10 1.
    # Query 2: positives C E, junk B: the ranking is C D E A. AP at C: (1 + 1)/2 * 1/2 = 1/2;
    #   at E (place 3): before it 1 of 2, at it 2 of 3: (1/2 + 2/3)/2 * 1/2 = 7/24. AP 19/24.
    #   P@1 1; P@5 and P@10 stop at place 3: 2/3. R@1 1/2, R@5 1, R@10 1.
    # Means: mAP (1 + 19/24)/2 = 43/48; mP@1 1; mP@5 = mP@10 = (1 + 2/3)/2 = 5/6; mR@1 1/2; mR@5 = mR@10 = 1.
    medium = score_rankings(annotations, rankings, Protocol.MEDIUM)
    assert means(medium) == pytest.approx([43 / 48, 1, 5 / 6, 5 / 6, 1 / 2, 1, 1], abs=1e-15)

    # Hard. Query 1: positives D, junk A B C E: the ranking is D. All 1.
    # Query 2: as in medium (it has no easy photo to turn into junk): AP 19/24, P 1, 2/3, 2/3, R 1/2, 1, 1.
    # Means: mAP 43/48; mP@1 1; mP@5 = mP@10 = 5/6; mR@1 (1 + 1/2)/2 = 3/4; mR@5 = mR@10 = 1.
    hard = score_rankings(annotations, rankings, Protocol.HARD)
    assert means(hard) == pytest.approx([43 / 48, 1, 5 / 6, 5 / 6, 3 / 4, 1, 1], abs=1e-15)

    # Worst order of query 2, junk last: D A C E B -> D A C E. AP at C (place 3): (0 + 1/3)/2/2 = 1/12;
    #   at E (place 4): (1/3 + 2/4)/2/2 = 5/24. AP 7/24. P@1 0; P@5 stops at place 4: 2/4. R@1 0, R@5 1.
    worst = score_rankings(annotations, np.array([[4, 2, 0, 3, 1], [3, 0, 2, 4, 1]]), Protocol.MEDIUM)
    assert worst.average_precision[1] == pytest.approx(7 / 24, abs=1e-15)
    assert worst.precision[1].tolist() == [0, 0.5, 0.5]
    assert worst.recall[1].tolist() == [0, 1, 1]
    # Query 1, junk E C A before D before B: the ranking is D B, still perfect.
    assert worst.average_precision[0] == 1


def test_junk_may_stand_anywhere(random_annotations: MakeAnnotations) -> None:
    annotations = random_annotations(3, 1500, 10)
    rankings = random_rankings(np.random.default_rng(4), annotations)
    moved = []
    for query, ranking in zip(annotations.queries, rankings, strict=True):
        is_junk = np.isin(ranking, query.ignored(Protocol.HARD))
        moved.append(np.concatenate([ranking[is_junk], ranking[~is_junk]]))
    before = score_rankings(annotations, rankings, Protocol.HARD)
    after = score_rankings(annotations, np.array(moved), Protocol.HARD)
    np.testing.assert_array_equal(before.average_precision, after.average_precision)
    np.testing.assert_array_equal(before.precision, after.precision)


@pytest.mark.parametrize(
    ("rankings", "message"),
    [
        (np.array([[0, 1, 2]]), r"shape \[1, 3\] instead of \[1, 4\]"),
        (np.array([[0, 1, 1, 2]]), "exactly once"),
        (np.array([[0, 1, 2, 4]]), "exactly once"),
    ],
)
def test_wrong_rankings(rankings: np.ndarray, message: str) -> None:
    query = Query("q", None, easy=np.array([1]), hard=np.array([], int), junk=np.array([2]))
    with pytest.raises(EvaluationError, match=message):
        score_rankings(Annotations(tuple("abcd"), (query,)), rankings, Protocol.EASY)

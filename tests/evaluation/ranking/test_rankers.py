"""Each ranker against a slow literal form of its formula, and re-ranking against its definition."""

import math

import numpy as np
import pytest

from glocal.evaluation.datasets.annotations import Annotations, Protocol, Query
from glocal.evaluation.ranking.rankers import AlphaQueryExpansion, DatabaseAugmentation, Ranker, TopRefinement
from glocal.evaluation.ranking.ranking import Ranked, rank
from glocal.evaluation.runs.revisited import needed_depth, rerank, rerank_all, score_places


def unit_vectors(seed: int, count: int, dimensions: int = 12) -> np.ndarray:
    vectors = np.abs(np.random.default_rng(seed).normal(size=(count, dimensions)))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def normal(vector: np.ndarray) -> np.ndarray:
    return vector / math.sqrt(sum(float(value) ** 2 for value in vector))


QUERIES, DATABASE = unit_vectors(1, 3), unit_vectors(2, 40)


def scores_of(ranker: Ranker, query: int, depth: int = 40) -> tuple[list[int], np.ndarray]:
    ranked = rank(QUERIES, DATABASE)[query]
    return ranked.top[:depth].tolist(), ranker.scores(query, ranked.top[:depth], ranked.similarities[:depth])


def test_alpha_query_expansion() -> None:
    rows, scores = scores_of(AlphaQueryExpansion(QUERIES, DATABASE, neighbours=5, alpha=2.0), 0)
    expanded = QUERIES[0].astype(float)
    for row in rows[:5]:
        expanded = expanded + float(QUERIES[0].astype(float) @ DATABASE[row]) ** 2 * DATABASE[row].astype(float)
    expected = [float(normal(expanded) @ DATABASE[row]) for row in rows]
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_expansion_by_nothing_changes_nothing() -> None:
    rows, scores = scores_of(AlphaQueryExpansion(QUERIES, DATABASE, neighbours=0), 1)
    np.testing.assert_allclose(scores, [QUERIES[1] @ DATABASE[row] for row in rows], atol=1e-6)


def test_database_augmentation() -> None:
    rows, scores = scores_of(DatabaseAugmentation(QUERIES, DATABASE, neighbours=3, alpha=3.0), 2)
    for row, score in zip(rows, scores, strict=True):
        near = sorted(range(40), key=lambda other: (-float(DATABASE[row] @ DATABASE[other]), other))[:4]
        total = sum(max(float(DATABASE[row] @ DATABASE[other]), 0) ** 3 * DATABASE[other] for other in near)
        assert row in near
        assert score == pytest.approx(float(normal(total) @ QUERIES[2]), abs=1e-6)


def test_top_refinement() -> None:
    """Equations of SuperGlobal's re-ranking, photo by photo."""
    depth, neighbours, beta = 15, 4, 0.3
    rows, scores = scores_of(TopRefinement(QUERIES, DATABASE, neighbours, beta), 1, depth)
    photos = [DATABASE[row].astype(float) for row in rows]
    refined = []
    for index, photo in enumerate(photos):
        others = sorted((other for other in range(depth) if other != index), key=lambda j: -float(photo @ photos[j]))
        weights = [beta * float(photo @ photos[j]) for j in others[:neighbours]]
        total = photo + sum(weight * photos[j] for weight, j in zip(weights, others, strict=False))
        refined.append(total / (1 + sum(weights)))
    first = [float(QUERIES[1] @ one) for one in refined]
    best = sorted(range(depth), key=lambda j: -first[j])[: neighbours + 1]
    pooled = np.max([refined[j] for j in best], axis=0)
    expected = [(first[j] + float(pooled @ refined[j])) / 2 for j in range(depth)]
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_refinement_of_fewer_photos_than_neighbours() -> None:
    _, scores = scores_of(TopRefinement(QUERIES, DATABASE, neighbours=9), 0, 3)
    assert np.isfinite(scores).all()


class Fixed:
    """Scores by a table: row to score."""

    def __init__(self, table: dict[int, float], *, sees_junk: bool = False) -> None:
        self.table, self.sees_junk = table, sees_junk
        self.asked: list[list[int]] = []

    def scores(self, query: int, rows: np.ndarray, similarities: np.ndarray) -> np.ndarray:
        assert np.all(np.diff(similarities) <= 0)
        self.asked.append(rows.tolist())
        return np.array([self.table.get(row, 0.0) for row in rows.tolist()])


def in_order(count: int, top: list[int]) -> Ranked:
    """A ranking of `count` core photos 0, 1, 2 ... interleaved as `top` says (rows >= count are distractors)."""
    places = [top.index(row) for row in range(count)]
    return Ranked(np.array(places), np.array(top), np.linspace(1, 0, len(top)))


def test_reranking_moves_only_the_shortlist_and_leaves_junk_in_place() -> None:
    # Ranking 0 1 2 3 4 5; 1 is junk. The first three others, 0 2 3, are scored; 3 is best, 0 and 2 tie.
    ranker = Fixed({3: 9.0})
    new = rerank(in_order(6, [0, 1, 2, 3, 4, 5]), ranker, 0, 3, np.array([1]))
    assert ranker.asked == [[0, 2, 3]]
    assert new.top.tolist() == [3, 1, 0, 2, 4, 5]
    assert new.places.tolist() == [2, 1, 3, 0, 4, 5]


def test_shared_reranking_lets_junk_use_up_the_shortlist() -> None:
    ranker = Fixed({2: 1.0})
    new = rerank(in_order(6, [0, 1, 2, 3, 4, 5]), ranker, 0, 3)
    assert ranker.asked == [[0, 1, 2]]
    assert new.top.tolist() == [2, 0, 1, 3, 4, 5]


def test_distractors_are_reranked_too() -> None:
    # Core rows 0 and 1, distractors 2 and 3, ranked 2 0 3 1.
    new = rerank(in_order(2, [2, 0, 3, 1]), Fixed({0: 2.0, 3: 1.0}), 0, 3)
    assert new.top.tolist() == [0, 3, 2, 1]
    assert new.places.tolist() == [0, 3]


def test_reranking_per_protocol_equals_removing_junk_first() -> None:
    """The definition: delete junk from the list, sort its first 4 by (score, place), evaluate what is left."""
    rng = np.random.default_rng(3)
    for _ in range(100):
        rows = rng.permutation(20)
        query = Query("q", None, easy=rows[:3], hard=rows[3:6], junk=rows[6:10])
        annotations = Annotations(tuple(map(str, range(20))), (query,))
        order = rng.permutation(20).tolist()
        table = {row: float(rng.integers(0, 4)) for row in range(20)}
        for protocol in Protocol:
            junk = set(query.ignored(protocol).tolist())
            kept = [row for row in order if row not in junk]
            expected = sorted(kept[:4], key=lambda row: -table[row]) + kept[4:]
            right = query.positives(protocol).tolist()
            (new,) = rerank_all(annotations, [in_order(20, order)], Fixed(table), protocol, depth=4)
            assert [row for row in new.top.tolist() if row not in junk] == expected
            ranks = sorted(expected.index(row) for row in right)
            area = sum(((i / r if r else 1) + (i + 1) / (r + 1)) / 2 for i, r in enumerate(ranks)) / len(right)
            scores = score_places(annotations, [new.places], protocol)
            assert scores.mean_average_precision == pytest.approx(area, abs=1e-12)


def test_rankers_that_see_junk_and_the_shared_variant_get_everything() -> None:
    query = Query("q", None, easy=np.array([2]), hard=np.array([3]), junk=np.array([0]))
    annotations = Annotations(tuple("abcd"), (query,))
    for ranker, shared, expected in (
        (Fixed({}), False, [1, 2]),
        (Fixed({}), True, [0, 1]),
        (Fixed({}, sees_junk=True), False, [0, 1]),
    ):
        rerank_all(annotations, [in_order(4, [0, 1, 2, 3])], ranker, Protocol.MEDIUM, depth=2, shared=shared)
        assert ranker.asked == [expected]


def test_queries_without_positives_are_not_reranked() -> None:
    query = Query("q", None, easy=np.array([], int), hard=np.array([1]), junk=np.array([], int))
    ranker = Fixed({})
    ranking = in_order(2, [0, 1])
    annotations = Annotations(("a", "b"), (query,))
    assert rerank_all(annotations, [ranking], ranker, Protocol.EASY, depth=2) == [ranking]
    assert ranker.asked == []


def test_needed_depth_fills_the_shortlist_even_if_all_junk_comes_first() -> None:
    query = Query("q", None, easy=np.array([0, 1]), hard=np.array([2]), junk=np.array([3, 4]))
    annotations = Annotations(tuple(map(str, range(30))), (query,))
    depth = needed_depth(annotations, 10)
    kept = [row for row in range(depth) if row not in query.ignored(Protocol.HARD)]
    assert len(kept) >= 10

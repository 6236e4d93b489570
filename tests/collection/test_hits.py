from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glocal.collection import Hit, Ranking


def hit(path: str = "a", similarity: float = 0.5, inliers: int | None = 10, probability: float = 0.5) -> Hit:
    return Hit(1, Path(path), similarity, inliers, probability, None, None if inliers is None else inliers + 5)


hits = st.lists(
    st.builds(
        hit,
        path=st.sampled_from("abcdef"),
        similarity=st.sampled_from([-0.5, 0.0, 0.25, 0.9]),
        inliers=st.sampled_from([None, 0, 5, 9]),
        probability=st.sampled_from([0.0, 0.5, 0.75, 1.0]),
    ),
    max_size=8,
)


@settings(max_examples=40)
@given(hits)
def test_verified_by_probability_then_the_others_by_similarity(found: list[Hit]) -> None:
    ranking = Ranking.of(found)
    verified = [h for h in ranking if h.inliers is not None]
    others = [h for h in ranking if h.inliers is None]
    assert list(ranking) == verified + others
    assert sorted(verified, key=lambda h: (-h.probability, -h.similarity, str(h.path))) == verified
    assert sorted(others, key=lambda h: (-h.similarity, str(h.path))) == others
    assert len(ranking) == len(found)


@settings(max_examples=40)
@given(hits)
def test_the_paper_ranks_by_inliers_then_similarity(found: list[Hit]) -> None:
    verified = [h for h in Ranking.of(found, "paper") if h.inliers is not None]
    assert sorted(verified, key=lambda h: (-(h.inliers or 0), -h.similarity, str(h.path))) == verified


@settings(max_examples=40)
@given(hits)
def test_a_ranking_in_another_order_cannot_exist(found: list[Hit]) -> None:
    ordered = Ranking.of(found)
    keys = [(h.inliers is None, h.inliers is not None and h.probability, h.similarity, h.path) for h in ordered]
    if len(set(keys)) < 2:
        return
    with pytest.raises(ValueError, match="not sorted"):
        Ranking(tuple(reversed(ordered.hits)))


def test_slices_are_rankings() -> None:
    ranking = Ranking.of([hit("a", probability=0.1), hit("b", probability=0.9), hit("c", inliers=None)], "paper")
    assert isinstance(ranking[:2], Ranking)
    assert ranking[:2].by == "paper"
    assert ranking[-1].path == Path("c")


@pytest.mark.parametrize(
    "wrong",
    [
        {"similarity": 1.5},
        {"similarity": float("nan")},
        {"probability": 1.1},
        {"probability": float("nan")},
        {"inliers": None},
        {"correspondences": None},
        {"inliers": 21},
        {"transform": np.eye(2)},
        {"inliers": None, "correspondences": None},
    ],
)
def test_an_impossible_hit_cannot_exist(wrong: dict[str, object]) -> None:
    good = {
        "photo": 1,
        "path": Path("a"),
        "similarity": 0.5,
        "inliers": 10,
        "probability": 0.5,
        "transform": np.eye(3),
        "correspondences": 20,
    }
    Hit(**good)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        Hit(**{**good, **wrong})  # type: ignore[arg-type]


def test_hits_looked_at_by_pixels_come_before_those_that_were_not_held_to_it() -> None:
    looked_at = replace(hit("a", probability=0.2), among_first=True)
    found = [hit("b", probability=0.9), looked_at, replace(hit("c", probability=0.4), among_first=True)]
    assert [one.path.name for one in Ranking.of(found)] == ["c", "a", "b"]
    assert [one.path.name for one in Ranking.of([looked_at, hit("b", inliers=11)], "paper")] == ["b", "a"]

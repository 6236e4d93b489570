"""Domains judged on real photos, against similarities sorted by hand; and what a comparison says of made-up scores."""

import dataclasses
import json
from pathlib import Path
from statistics import stdev

import numpy as np
import pytest
from example_photos import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from glocal.evaluation.datasets import Domain
from glocal.evaluation.domain_comparison import DomainComparison, DomainScore
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.reports import comparison_table, render_comparison, verdict
from glocal.evaluation.runs import Contender, judge_domains
from glocal.extraction import Model, load_model

PLACES = ("stitch_apartment_building", "triple_books", "triple_rockview")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("domains")
    listed = [f"{place}/{path.name}" for place in PLACES for path in sorted((EXAMPLES / place).glob("*.jpg"))[:3]]
    others = sorted((EXAMPLES / "pixabay").glob("*.jpg"))[:4]
    for name, path in [
        *((f"things/{one}", EXAMPLES / one) for one in listed),
        *((f"others/{p.name}", p) for p in others),
    ]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with Image.open(path) as image:
            image.thumbnail((128, 128))
            image.save(folder / name)
    return folder


@pytest.fixture(scope="module")
def models() -> tuple[Model, Model]:
    return load_model(), load_model(precision="int8")


def literal_map(paths: list[Path], distractors: list[Path], similarity: dict[tuple[Path, Path], float]) -> float:
    """Trapezoidal AP, walked down the ranking of each query."""
    scores = []
    for query in paths:
        others = [path for path in [*paths, *distractors] if path != query]
        others.sort(key=lambda path: -similarity[query, path])
        right = [path.parent == query.parent and path in paths for path in others]
        precision, found = 0.0, 0
        for place, hit in enumerate(right):
            if hit:
                before = found / place if place else 1.0
                found += 1
                precision += (before + found / (place + 1)) / 2 / sum(right)
        scores.append(precision)
    return float(np.mean(scores))


@pytest.mark.slow
def test_each_domain_is_the_ranking_by_hand(root: Path, models: tuple[Model, Model], tmp_path: Path) -> None:
    domains = [Domain("alone", "things", ("stitch_*", "triple_b*")), Domain("among", "things", among=("others",))]
    comparison = judge_domains(
        root, domains, [Contender("a", models[:1])], [Contender("b", models[1:]), Contender("both", models)], tmp_path
    )
    things, others = sorted((root / "things").rglob("*.jpg")), sorted((root / "others").glob("*.jpg"))
    vectors = [{path: model.extract(path).global_descriptor for path in things + others} for model in models]
    alone = {
        number: {(a, b): float(rows[a] @ rows[b]) for a in rows for b in rows} for number, rows in enumerate(vectors)
    }
    both = {pair: (alone[0][pair] + alone[1][pair]) / 2 for pair in alone[0]}
    first = [path for path in things if path.parent.name != "triple_rockview"]
    for score, photos, distractors in zip(comparison.scores, (first, things), ([], others), strict=True):
        expected = [literal_map(photos, distractors, one) for one in (alone[0], alone[1], both)]
        assert [*score.model, *score.baselines] == pytest.approx(expected, abs=1e-6)
        assert (score.queries, score.distractors) == (len(photos), len(distractors))
    assert comparison.single == (True, False)


@pytest.mark.slow
def test_a_second_run_extracts_nothing(root: Path, models: tuple[Model, Model], tmp_path: Path) -> None:
    domain, contender = [Domain("all", "things")], [Contender("a", models[:1])]
    first = judge_domains(root, domain, contender, [], tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert judge_domains(root, domain, contender, [], tmp_path).scores == first.scores
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == written


def test_two_of_one_name(root: Path, models: tuple[Model, Model], tmp_path: Path) -> None:
    twice = Contender("a", models[:1])
    with pytest.raises(EvaluationError, match="NAME=CARD"):
        judge_domains(root, [Domain("all", "things")], [twice], [twice], tmp_path)


def comparison(scores: list[tuple[tuple[float, ...], tuple[float, ...]]], single: tuple[bool, ...]) -> DomainComparison:
    rows = tuple(DomainScore(f"d{n}", 10, 5, model, baselines) for n, (model, baselines) in enumerate(scores))
    return DomainComparison("ours", tuple(f"b{n}" for n in range(len(single))), single, rows, {})


share = st.floats(0, 1)


@given(st.lists(st.tuples(st.tuples(share, share, share), st.tuples(share, share)), min_size=1, max_size=6))
def test_lost_are_those_below_the_best_single_by_more_than_the_spread(
    scores: list[tuple[tuple[float, ...], tuple[float, ...]]],
) -> None:
    judged = comparison(scores, (True, True))
    expected = [
        f"d{number}"
        for number, (model, baselines) in enumerate(scores)
        if np.mean(model) - max(baselines) < -stdev(model) - 1e-12
    ]
    surely = [name for name in judged.lost if name not in expected]
    assert set(expected) <= set(judged.lost)
    assert not surely or all(
        abs(judged.gain(score) + stdev(score.model)) < 1e-9 for score in judged.scores if score.domain in surely
    )
    assert json.loads(json.dumps(judged.to_dict()))["lost"] == list(judged.lost)


def test_side_by_side_is_no_single_baseline() -> None:
    judged = comparison([((0.5,), (0.4, 0.9))], (True, False))
    assert judged.lost == ()
    assert judged.gain(judged.scores[0]) == pytest.approx(0.1)


def test_the_table() -> None:
    judged = comparison([((0.5, 0.6), (0.6, 0.7)), ((0.9, 0.9), (0.8, 0.7))], (True, True))
    assert comparison_table(judged).rows == (
        ("d0", "10", "5", "60.0", "70.0", "55.0 ± 7.1", "-15.0"),
        ("d1", "10", "5", "80.0", "70.0", "90.0 ± 0.0", "+10.0"),
        ("mean", "20", "10", "70.0", "70.0", "72.5 ± 3.5", "-2.5"),
        ("worst", "20", "10", "60.0", "70.0", "55.0 ± 7.1", "-15.0"),
    )
    assert verdict(judged) == "ours loses against the best single baseline on: d0."
    page = render_comparison(judged)
    assert "| --- | ---: | ---: | ---: | ---: | ---: | ---: |" in page
    assert "| d0 | 10 | 5 | 60.0 | 70.0 | 55.0 ± 7.1 | -15.0 |" in page


def test_without_baselines() -> None:
    judged = comparison([((0.5,), ())], ())
    assert comparison_table(judged).rows[0] == ("d0", "10", "5", "50.0", "")
    assert "No single baseline" in verdict(judged)


def test_a_table_whose_rows_disagree() -> None:
    judged = comparison([((0.5,), (0.4,))], (True,))
    short = DomainScore("short", 1, 0, (0.5, 0.5), (0.4,))
    with pytest.raises(ValueError, match="as many seeds"):
        dataclasses.replace(judged, scores=(*judged.scores, short))

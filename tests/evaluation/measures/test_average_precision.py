"""The measures on ranks, against hand-worked numbers and a literal loop over the published definition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.evaluation.measures.average_precision import (
    average_precision,
    precision_at,
    recall_at,
    score_ranks,
    shift_junk,
)


def ranks(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def curve_area(relevant: list[bool], positives: int) -> float:
    """The area under the precision-recall curve, walked photo by photo down a whole ranking."""
    area, found, last_recall, last_precision = 0.0, 0, 0.0, 1.0
    for place, is_positive in enumerate(relevant, start=1):
        found += is_positive
        recall, precision = found / positives, found / place
        area += (recall - last_recall) * (last_precision + precision) / 2
        last_recall, last_precision = recall, precision
    return area


def test_first_place_alone_is_perfect() -> None:
    assert average_precision(ranks(0)) == 1.0


def test_second_place_is_a_quarter() -> None:
    # Before the positive: 0 of 1 right; at it: 1 of 2. (0 + 1/2) / 2 = 1/4.
    assert average_precision(ranks(1)) == 0.25


def test_first_and_third_place() -> None:
    # (1 + 1)/2 * 1/2 + (1/2 + 2/3)/2 * 1/2 = 1/2 + 7/24 = 19/24.
    assert average_precision(ranks(0, 2)) == pytest.approx(19 / 24, abs=1e-15)


def test_positives_that_were_not_found_count_as_missed() -> None:
    assert average_precision(ranks(0, 2), positives=4) == pytest.approx(19 / 48, abs=1e-15)


def test_no_positives_is_nan_and_none_found_is_zero() -> None:
    assert math.isnan(average_precision(ranks()))
    assert average_precision(ranks(), positives=3) == 0.0


def test_more_ranks_than_positives_is_refused() -> None:
    with pytest.raises(ValueError, match="2 ranks for 1 positives"):
        average_precision(ranks(0, 1), positives=1)


def test_precision_is_cut_at_the_last_positive() -> None:
    # Positives at places 1 and 3: P@10 looks at 3 photos only, 2 of them right.
    assert precision_at(ranks(0, 2), 10) == pytest.approx(2 / 3)
    assert precision_at(ranks(0, 2), 2) == 0.5
    assert precision_at(ranks(), 5) == 0.0


def test_recall_counts_what_was_not_found() -> None:
    assert recall_at(ranks(0, 7), 5) == 0.5
    assert recall_at(ranks(0, 7), 10, positives=4) == 0.5
    assert math.isnan(recall_at(ranks(), 5))


def test_junk_shifts_only_what_comes_after_it() -> None:
    # Ranking J P J J P P: without junk the positives stand at 0, 1, 2.
    assert shift_junk(ranks(1, 4, 5), ranks(0, 2, 3)).tolist() == [0, 1, 2]


@given(st.lists(st.sampled_from("pjn"), max_size=60))
def test_a_ranking_without_its_junk_scores_the_same(kinds: list[str]) -> None:
    positives = np.flatnonzero([kind == "p" for kind in kinds])
    junk = np.flatnonzero([kind == "j" for kind in kinds])
    kept = [kind == "p" for kind in kinds if kind != "j"]
    shifted = shift_junk(positives, junk)
    assert shifted.tolist() == np.flatnonzero(kept).tolist()
    if len(positives):
        assert average_precision(shifted) == pytest.approx(curve_area(kept, len(positives)), abs=1e-12)


@given(st.sets(st.integers(0, 80), min_size=1), st.integers(0, 5), st.data())
def test_moving_a_positive_up_never_lowers_the_area(places: set[int], missed: int, data: st.DataObject) -> None:
    ordered = sorted(places)
    count = len(ordered) + missed
    index = data.draw(st.integers(0, len(ordered) - 1))
    floor = ordered[index - 1] + 1 if index else 0
    better = [*ordered[:index], data.draw(st.integers(floor, ordered[index])), *ordered[index + 1 :]]
    before, after = average_precision(ranks(*ordered), count), average_precision(ranks(*better), count)
    assert 0 <= before <= after + 1e-15 <= 1 + 1e-15


def test_means_leave_out_queries_without_positives() -> None:
    scores = score_ranks([ranks(0), ranks(), ranks(1)], cutoffs=(1, 5))
    assert scores.valid.tolist() == [True, False, True]
    assert scores.metrics == {"mAP": 0.625, "mP@1": 0.5, "mP@5": 0.75, "mR@1": 0.5, "mR@5": 1.0}


def test_no_valid_query_gives_nan_without_a_warning() -> None:
    assert math.isnan(score_ranks([ranks()]).mean_average_precision)
    assert math.isnan(score_ranks([]).mean_average_precision)

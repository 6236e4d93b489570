"""Average precision of verification: thresholds, not positions."""

from pathlib import Path

import numpy as np
import pytest

from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.runs.pair_verification import read_pairs, verification_average_precision


def test_by_hand() -> None:
    # 0.9 same: P 1, recall 1/2. 0.5 different and same, together: P 2/3, recall 1. AP 1/2 + 2/3 * 1/2 = 5/6.
    scores, same = np.array([0.5, 0.9, 0.5]), np.array([False, True, True])
    assert verification_average_precision(scores, same) == pytest.approx(5 / 6)


def test_order_of_equal_scores_cannot_matter() -> None:
    rng = np.random.default_rng(0)
    scores, same = rng.integers(0, 5, 60).astype(float), rng.random(60) < 0.4
    values = {
        round(verification_average_precision(scores[order], same[order]), 12)
        for order in (rng.permutation(60) for _ in range(20))
    }
    assert len(values) == 1
    thresholds = sorted(set(scores), reverse=True)
    area, last = 0.0, 0.0
    for threshold in thresholds:
        taken = scores >= threshold
        recall = same[taken].sum() / same.sum()
        area += (recall - last) * same[taken].mean()
        last = recall
    assert values == {round(area, 12)}


def test_mistakes(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="nothing to find"):
        verification_average_precision(np.zeros(2), np.array([False, False]))
    with pytest.raises(EvaluationError, match="not a number"):
        verification_average_precision(np.array([np.nan]), np.array([True]))
    path = tmp_path / "pairs.csv"
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_pairs(path)
    path.write_text("a,b,same\nx.jpg,y.jpg,maybe\n")
    with pytest.raises(EvaluationError, match="line 2 needs a, b and same"):
        read_pairs(path)
    path.write_text("a,b,same\nx.jpg,y.jpg,1\n")
    with pytest.raises(EvaluationError, match=r"2 of 2 photos are missing or empty: x\.jpg, y\.jpg"):
        read_pairs(path)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    for name in ("x.jpg", "y.jpg"):
        (tmp_path / name).write_bytes(b"photo")
    (tmp_path / "pairs.csv").write_text("a,b,same\nx.jpg,y.jpg,1\ny.jpg,x.jpg,False\n")
    first, second = read_pairs(tmp_path / "pairs.csv")
    assert (first.a, first.b, first.same) == (tmp_path / "x.jpg", tmp_path / "y.jpg", True)
    assert not second.same

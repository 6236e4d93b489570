"""The simulation of searches over shards, held to what queueing theory says."""

from __future__ import annotations

import json
import sys
from math import exp
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2]))

from benchmarks.fan_out_simulation import Seconds, Setting, Simulation, main

pytestmark = pytest.mark.slow

EXPONENTIAL = np.random.default_rng(1).exponential(1.0, 200_000)
"""Times of mean 1."""


def simulated(setting: Setting, searches: int, *questions: Seconds) -> Seconds:
    return Simulation(questions or (EXPONENTIAL,), setting, np.random.default_rng(2)).run(searches)


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_one_shard_is_a_queue_with_one_server(rate: float) -> None:
    """M/M/1: the mean time in the system is 1 / (service rate - arrival rate)."""
    assert simulated(Setting(1, 1, rate), 20_000).mean() == pytest.approx(1 / (1 - rate), rel=0.08)


@pytest.mark.parametrize("shards", [1, 4, 30])
def test_a_search_waits_for_the_slowest_shard(shards: int) -> None:
    """The mean of the greatest of n exponential times is the n-th harmonic number."""
    harmonic = sum(1 / number for number in range(1, shards + 1))
    assert simulated(Setting(shards, 1, 1e-6), 4_000).mean() == pytest.approx(harmonic, rel=0.05)


def test_questions_follow_each_other() -> None:
    fixed = np.array([2.0]), np.array([3.0])
    np.testing.assert_allclose(simulated(Setting(5, 2, 1e-6, 0.95), 50, *fixed), 5.0, atol=1e-3)


@pytest.mark.parametrize("quantile", [0.5, 0.9])
def test_a_hedged_request_is_answered_by_the_faster_of_two(quantile: float) -> None:
    """E[min(X, p + Y)] of exponential X and Y is 1 - exp(-p) / 2."""
    patience = float(np.quantile(EXPONENTIAL, quantile))
    found = simulated(Setting(1, 2, 1e-6, quantile), 10_000).mean()
    assert found == pytest.approx(1 - exp(-patience) / 2, rel=0.03)


def test_a_table_comes_of_what_was_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "seconds.json"
    measured = {"shards": 2, "searches": [0.03, 0.04], "questions": {"nearest": [0.01, 0.02], "matched": [0.01]}}
    file.write_text(json.dumps(measured))
    main([str(file), "--shards", "2", "--searches", "20"])
    out = capsys.readouterr().out
    assert "Measured with 2 shards: median 35 ms a search" in out
    assert out.count("\n| 2 | ") == 3

"""The results of finished runs, by row and seed, and their mean and spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any

from glocal.training.ablation.planning import Run
from glocal.training.ablation.rows import Row

Results = dict[Row, dict[int, dict[str, Any]]]
"""Row to seed to what its worker wrote; only finished runs are in it."""

Values = dict[int, float]
"""Seed to value."""


def collect(runs: Sequence[Run]) -> Results:
    """Return the results of the runs that are finished; every row is there, in its order."""
    results: Results = {run.row: {} for run in runs}
    for run in runs:
        result = run.read_result()
        if result is not None:
            results[run.row][run.seed] = result
    return results


def values_of(by_seed: Mapping[int, Mapping[str, Any]], group: str, key: str) -> Values:
    """Return one measure by seed. `group` is a set of photos, or "sparsity"; what was not measured is left out."""
    found = {
        seed: (result["sparsity"] if group == "sparsity" else result["measures"].get(group, {})).get(key)
        for seed, result in by_seed.items()
    }
    return {seed: value for seed, value in found.items() if value is not None}


def differences(values: Values, reference: Values) -> Values:
    """Return value less reference for the seeds that both have."""
    return {seed: values[seed] - reference[seed] for seed in values if seed in reference}


def percent(values: Values, *, signed: bool = False) -> str:
    """Return "mean ± sample standard deviation" in percent; the mean alone of one value, "" of none."""
    if not values:
        return ""
    numbers = [100 * value for value in values.values()]
    middle = f"{mean(numbers):+.1f}" if signed else f"{mean(numbers):.1f}"
    return middle if len(numbers) == 1 else f"{middle} ± {stdev(numbers):.1f}"

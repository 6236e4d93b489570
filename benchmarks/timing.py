"""Fair timing: all sides take turns in one run, so that a busy moment of the machine hits each of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(sides: Mapping[str, Callable[[], object]], rounds: int, *, warm_up: bool = True) -> dict[str, float]:
    """Return the median seconds of each side over several rounds; every round runs all sides once.

    Args:
        sides: name to what is timed.
        rounds: how many times each is timed.
        warm_up: run each once before, untimed (compilation, caches).
    """
    if warm_up:
        for run in sides.values():
            run()
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}

"""A discrete-event simulation of searches over many shards: stragglers, replicas, hedged requests.

`python -m benchmarks.fan_out_simulation FILE`, where `python -m benchmarks.fan_out --seconds FILE` wrote how long the
questions of a search took at shards. A search asks its questions one after the other, each of all shards
at once, and goes on when the last one has answered. Searches come at random (Poisson); a replica answers one question
at a time, in the order they came, and takes as long as one that was measured, drawn at random. What is not in it: the
process that asks, the network, and that shards of one machine share its cores.
"""

from __future__ import annotations

import argparse
import heapq
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """What is simulated.

    Attributes:
        shards, replicas: their numbers, replicas of each shard.
        rate: searches a second.
        hedge: quantile of a question's times after which another replica is asked too; None: never.
    """

    shards: int
    replicas: int
    rate: float
    hedge: float | None = None


class _Slow(NamedTuple):
    """A question that a replica of a shard answers so late that another one is asked too."""

    shard: int
    replica: int
    answer: float


@dataclass
class _Round:
    """One question of one search: how many shards have still to be decided, and the last answer of the others."""

    search: int
    number: int
    open: int
    end: float = 0.0

    def answered(self, at: float) -> bool:
        """Note one answer; return whether it was the last."""
        self.open, self.end = self.open - 1, max(self.end, at)
        return not self.open


@dataclass
class Simulation:
    """Searches over shards.

    Attributes:
        questions: of a search, in order: seconds that each took, to draw from.
        setting: what is simulated.
        random: what is drawn with.
    """

    questions: Sequence[Seconds]
    setting: Setting
    random: np.random.Generator

    def run(self, searches: int) -> Seconds:
        """Return how long each search takes, in seconds [searches]."""
        setting = self.setting
        patience = [np.inf if setting.hedge is None else np.quantile(one, setting.hedge) for one in self.questions]
        begun = np.cumsum(self.random.exponential(1 / setting.rate, searches))
        ended, free = np.zeros(searches), np.zeros((setting.shards, setting.replicas))
        order = count()  # of equal times, the event that was known first
        events: list[tuple[float, int, _Round, _Slow | None]] = [
            (at, next(order), _Round(search, 0, setting.shards), None) for search, at in enumerate(begun.tolist())
        ]
        while events:
            now, _, asked, slow = heapq.heappop(events)
            if slow is not None:
                other = (slow.replica + 1) % setting.replicas
                done = asked.answered(min(slow.answer, self._served(free, now, asked.number, slow.shard, other)))
            else:
                done = False
                for shard, first in enumerate(self.random.integers(0, setting.replicas, setting.shards).tolist()):
                    answer = self._served(free, now, asked.number, shard, first)
                    if setting.replicas > 1 and answer - now > patience[asked.number]:
                        again = now + patience[asked.number], next(order), asked, _Slow(shard, first, answer)
                        heapq.heappush(events, again)
                    else:
                        done = asked.answered(answer)
            if done and asked.number + 1 < len(self.questions):
                following = _Round(asked.search, asked.number + 1, setting.shards)
                heapq.heappush(events, (asked.end, next(order), following, None))
            elif done:
                ended[asked.search] = asked.end
        latencies: Seconds = ended - begun
        return latencies

    def _served(self, free: Seconds, now: float, question: int, shard: int, replica: int) -> float:
        """Put a question to a replica, which is busy until `free`, and return when it answers."""
        seconds = self.questions[question]
        takes = float(seconds[self.random.integers(0, len(seconds))])
        free[shard, replica] = max(now, free[shard, replica]) + takes
        return float(free[shard, replica])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fan_out_simulation", description=__doc__)
    parser.add_argument("seconds", type=Path)
    parser.add_argument("--shards", type=int, nargs="+", default=[4, 16, 64, 256, 1000])
    parser.add_argument("--load", type=float, default=0.3, help="share of the time that a lone replica is busy")
    parser.add_argument("--searches", type=int, default=300)
    options = parser.parse_args(arguments)
    measured = json.loads(options.seconds.read_text("utf-8"))
    questions = [np.array(values) for values in measured["questions"].values()]
    busy = sum(float(values.mean()) for values in questions)
    alone = Simulation(questions, Setting(measured["shards"], 1, 1e-6), np.random.default_rng(0)).run(options.searches)
    print(f"Measured with {measured['shards']} shards: median {1e3 * np.median(measured['searches']):.0f} ms a search;")
    print(f"simulated, one search at a time: {1e3 * np.median(alone):.0f} ms.\n")
    print("| shards | replicas | hedged | median ms | 95 of 100 | 99 of 100 |\n|---:|---:|---|---:|---:|---:|")
    for shards in options.shards:
        for replicas, hedge in ((1, None), (2, None), (2, 0.95)):
            setting = Setting(shards, replicas, options.load / busy, hedge)
            took = Simulation(questions, setting, np.random.default_rng(0)).run(options.searches)
            row = " | ".join(f"{1e3 * value:.0f}" for value in np.quantile(took, [0.5, 0.95, 0.99]))
            print(f"| {shards} | {replicas} | {'after 95 of 100' if hedge else 'no'} | {row} |")


if __name__ == "__main__":
    main()

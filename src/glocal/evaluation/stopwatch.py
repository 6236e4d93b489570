"""Seconds, photos and bytes of every stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from glocal.evaluation.result import Stage


@dataclass
class Costs:
    """What a running stage counts."""

    items: int = 0
    bytes: int = 0


@dataclass
class Stopwatch:
    """Collects the stages of one evaluation."""

    stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[Costs]:
        """Time a stage; what handles items or leaves bytes adds them to the yielded costs."""
        costs, start = Costs(), time.perf_counter()
        yield costs
        self.stages.append(Stage(name, time.perf_counter() - start, costs.items, costs.bytes))

    def summed(self) -> tuple[Stage, ...]:
        """Return the stages with those of one name added up, in the order in which the names first came."""
        summed: dict[str, Stage] = {}
        for stage in self.stages:
            before = summed.get(stage.name, Stage(stage.name, 0.0, 0))
            summed[stage.name] = Stage(
                stage.name, before.seconds + stage.seconds, before.items + stage.items, before.bytes + stage.bytes
            )
        return tuple(summed.values())

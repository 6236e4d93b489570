"""How far long work has come: a bar on a terminal, a line now and then where there is none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich import progress as rich_progress
from rich.text import Text

from glocal.cli.output import err, note
from glocal.progress import OnProgress

LINE_SECONDS = 30.0
"""Between lines in a log (cron, Slurm, Docker)."""


class RateColumn(rich_progress.ProgressColumn):
    """Items a second since the task began."""

    def render(self, task: rich_progress.Task) -> Text:
        """Show the rate, or nothing before there is one."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="progress.data.speed")


class Lines:
    """Says on a line of its own how far a stage is, at most every `LINE_SECONDS`; short work says nothing."""

    def __init__(self) -> None:
        self._stage = ""
        self._began = self._said = time.monotonic()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Be told of progress."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began = stage, now
        if now - self._said >= LINE_SECONDS:
            self._said = now
            of = "" if total is None else f" of {total}"
            note(f"{stage}: {done}{of}, {done / max(now - self._began, 1e-9):.1f}/s")


@contextmanager
def progress() -> Iterator[OnProgress]:
    """Show a bar with stage, count, rate and time left on a terminal, anew with each stage; else lines, see `Lines`."""
    if not err.is_terminal:
        yield Lines()
        return
    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        RateColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    with rich_progress.Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=None)
        current = ""

        def on_stage(stage: str, done: int, total: int | None) -> None:
            nonlocal current
            if stage != current:
                current = stage
                bar.reset(task, description=stage, total=total)
            bar.update(task, completed=done, total=total)

        yield on_stage

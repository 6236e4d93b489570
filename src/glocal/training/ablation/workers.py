"""Runs in processes of their own, several at a time, each with its share of the cores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from glocal.cores import available_cores
from glocal.progress import OnProgress
from glocal.training.ablation.planning import Run


def do_all(runs: Sequence[Run], jobs: int, on_progress: OnProgress) -> Generator[tuple[Run, str | None]]:
    """Yield each run when it has ended, and what went wrong with it, if anything.

    Close the iterator to end the processes that are still at work; what they saved stays.

    Args:
        runs: those that have a result are yielded at once.
        jobs: processes at a time.
        on_progress: called often, with the training steps of all runs together.
    """
    crew = _Crew(runs, max(1, available_cores() // jobs), on_progress)
    with ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(crew.do, run): run for run in runs}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            crew.stop()


class _Crew:
    """The processes at work, and how far they are."""

    def __init__(self, runs: Sequence[Run], threads: int, on_progress: OnProgress) -> None:
        self._environment = {"OMP_NUM_THREADS": str(threads), **os.environ}  # who sets it knows better
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[str]] = set()
        self._stopped = False
        self._total = sum(run.recipe.steps for run in runs)
        self._done: dict[tuple[str, int], int] = {}

    def do(self, run: Run) -> str | None:
        """Do one run in a process and return what went wrong, or None."""
        if run.read_result() is None:
            log = run.folder / "stderr.log"
            process = self._start(run)
            if process is None:
                return "stopped"
            with process:
                self._follow(process, run)
            with self._lock:
                self._processes.discard(process)
            if run.read_result() is None:
                lines = log.read_text("utf-8", "replace").strip().splitlines()
                return f"{lines[-1] if lines else f'ended with code {process.returncode}'} (see {log})"
        self._tell(run, run.recipe.steps)
        return None

    def stop(self) -> None:
        """End all processes and start no more."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.terminate()

    def _start(self, run: Run) -> subprocess.Popen[str] | None:
        command = [sys.executable, "-m", "glocal.training.ablation.worker", str(run.folder)]
        with self._lock, (run.folder / "stderr.log").open("w") as log:
            if self._stopped:
                return None
            process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                command, stdout=subprocess.PIPE, stderr=log, env=self._environment, text=True
            )
            self._processes.add(process)
            return process

    def _follow(self, process: subprocess.Popen[str], run: Run) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith('["steps"'):
                _, done, total = json.loads(line)
                self._tell(run, round(run.recipe.steps * done / total))

    def _tell(self, run: Run, steps: int) -> None:
        with self._lock:
            self._done[run.row.name, run.seed] = steps
            self._on_progress("steps of all runs", sum(self._done.values()), self._total)

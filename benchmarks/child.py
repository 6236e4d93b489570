"""What a benchmark measures in a process of its own, with a time limit, and keeps so that it is not measured again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from glocal.files import write_json

EXTRACTOR, SEARCHER = b"ray::ExtractorActor", b"ray::Searcher"
"""How processes of Ray that extract photos, and that search shards, are called."""


def measured_by(module: str, *arguments: object, limit: float) -> Any:
    """Run `python -m benchmarks.MODULE` and return the JSON in the last line that it prints.

    Whatever it has started in its session ends with it; Ray's processes end when the one that started them does.

    Args:
        module: below `benchmarks`.
        arguments: of it.
        limit: seconds after which it is killed.

    Raises:
        SystemExit: it failed, or took longer.
    """
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            printed, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            raise SystemExit(f"{' '.join(command[1:])}: not done after {limit:.0f} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[1:])}: ended with {process.returncode}")
    return json.loads(printed.splitlines()[-1])


def started_by(process: int, name: bytes) -> Iterator[int]:
    """Yield the processes of a name among those that a process has started, and those have."""
    for child in psutil.Process(process).children(recursive=True):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            if Path(f"/proc/{child.pid}/cmdline").read_bytes().startswith(name):
                yield child.pid


class Notes:
    """What was measured, by names, kept in a file.

    Args:
        file: JSON; made when there is something to keep.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}

    def get(self, name: str, measure: Callable[[], Any]) -> Any:
        """Return what was measured under a name; what was not is measured now, and kept."""
        if name not in self._known:
            print(f"{name} ...", file=sys.stderr, flush=True)
            self._known[name] = measure()
            write_json(self._file, self._known)
        return self._known[name]

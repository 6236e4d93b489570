"""What one process measures that evaluates descriptors in files: seconds and its own memory, as JSON.

Run by evaluation.py as `python -m benchmarks.evaluating_process FOLDER`, so that nothing else is in that memory.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.evaluation import SETS, make_annotations
from glocal.evaluation.runs import evaluate_descriptors


def main() -> None:
    folder = Path(sys.argv[1])
    annotations = make_annotations(SETS["roxford5k"])
    start = time.perf_counter()
    evaluate_descriptors(
        annotations, folder / "queries.npy", folder / "database.npy", distractors=folder / "distractors"
    )
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "memory": _most_memory()}))


def _most_memory() -> float:
    """Return the most gigabytes resident so far; `getrusage` would count the process that started this one."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e9 for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()

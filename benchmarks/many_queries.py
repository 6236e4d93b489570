"""Many queries in one command, beside the same searches in Python: `python -m benchmarks.many_queries --folder DIR`.

The collection holds the example photos and made-up ones (see million_photos.py); the queries are the example photos,
again and again. Command and library take turns in processes of their own. The clock has the start of a process in it;
processor time counts what a busy machine does not change.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from benchmarks.million_photos import MadeUp, build
from benchmarks.photos import EXAMPLES, photos_below
from glocal.collection import Collection
from glocal.extraction import load_model

_LIBRARY = """
import json, sys
from glocal import Collection
with Collection.open(sys.argv[1]) as collection:
    for line in sys.stdin:
        print(json.dumps(collection.search(line.rstrip("\\n")).to_dict()))
"""


@dataclass(frozen=True)
class Run:
    """What a process took for all queries: seconds by the clock, and of processor time."""

    wall: float
    processor: float


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_queries", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the collection is made there, or gone on with")
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    fill(options.folder, options.photos)
    queries = [str(path) for path in islice(cycle(photos_below(EXAMPLES)), options.queries)]
    sides = {
        "`glocal search - --each --json`": [
            "-m",
            "glocal",
            "search",
            "-",
            "-c",
            str(options.folder),
            "--each",
            "--json",
        ],
        "`Collection.search` in a loop": ["-c", _LIBRARY, str(options.folder)],
    }
    runs: dict[str, list[Run]] = {name: [] for name in sides}
    for _ in range(options.rounds):
        for name, command in sides.items():
            runs[name].append(measured(command, queries))
    print(f"{options.queries} queries, {options.photos} photos, {options.rounds} rounds: median seconds\n")
    print("| | wall clock | processor | queries a second |\n|---|---:|---:|---:|")
    for name, of_side in runs.items():
        wall, processor = (statistics.median(getattr(run, key) for run in of_side) for key in ("wall", "processor"))
        print(f"| {name} | {wall:.1f} | {processor:.1f} | {options.queries / wall:.2f} |")


def fill(folder: Path, photos: int) -> None:
    """Make a collection of the example photos and made-up ones, so many in all."""
    model = load_model()
    examples = photos_below(EXAMPLES)
    folder.mkdir(parents=True, exist_ok=True)
    build(folder, MadeUp.of(model, model.preset.max_features), photos - len(examples))
    with Collection.open(folder, model) as collection:
        collection.add(examples)


def measured(command: Sequence[str], queries: Sequence[str]) -> Run:
    """Run a process that answers each line of its input with a line."""
    before, began = _children_seconds(), time.perf_counter()
    told = "".join(f"{query}\n" for query in queries).encode()
    ended = subprocess.run([sys.executable, *command], input=told, stdout=subprocess.PIPE, env=os.environ, check=True)
    run = Run(time.perf_counter() - began, _children_seconds() - before)
    answers = ended.stdout.count(b"\n")
    if answers != len(queries):
        raise SystemExit(f"{command}: answered {answers} of {len(queries)} queries")
    return run


def _children_seconds() -> float:
    """Return the processor time of all processes that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()

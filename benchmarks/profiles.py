"""What bounds indexing and searching: where py-spy finds the processor busy, by function."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.photos import photos_below
from benchmarks.report import Section, Target

RATE = 100
"""Samples a second."""

SHOWN = 6
SEARCHED = 5
"""How often each query is searched in the profiles of searches."""

NETWORK = "Session.run (onnxruntime_inference_collection.py)"
IMPORTS = "(imports)"
NO_FRAME = "(no Python frame)"
"""The interpreter starting, before anything runs, and ending."""

KERNEL = "_match_codes (match.py)"
"""Machine code has no frames of its own: the Python function that calls it is what is seen."""

WAITING = ("_worker (thread.py)", "Condition.wait (threading.py)", "wait (threading.py)")
"""Threads between two tasks; py-spy takes some of them for busy, and they are left out."""

INDEX = "from glocal.cli import main; main()"
SEARCH = """
import sys
from glocal import Collection
with Collection.open(sys.argv[1]) as collection:
    for path in sys.argv[2:]:
        for _ in range({times}):
            collection.search(path)
"""
RERANK = """
import sys
from glocal import Collection
from glocal.collection import SearchOptions
from glocal.features import View
with Collection.open(sys.argv[1]) as collection:
    views = [View.of(collection.model.extract(path)) for path in sys.argv[2:]]
    for view in views:
        for _ in range({times} * 20):
            collection.search_views([view], SearchOptions())
"""


def run(folder: Path, queries: int) -> Section | None:
    """Profile indexing a folder, searching it, and searching with features at hand; None without py-spy.

    Args:
        folder: of photos.
        queries: photos searched with, evenly spread.
    """
    spy = shutil.which("py-spy") or shutil.which("py-spy", path=str(Path(sys.executable).parent))
    if spy is None:
        return None
    photos = photos_below(folder)
    asked = [str(path) for path in photos[:: max(1, len(photos) // queries)][:queries]]
    with TemporaryDirectory(prefix="glocal-profile-") as name:
        collection = str(Path(name) / "collection")
        tasks = {
            "indexing": (INDEX, ["index", str(folder), "--collection", collection]),
            "searching": (SEARCH.format(times=SEARCHED), [collection, *asked]),
            "searching, features at hand": (RERANK.format(times=SEARCHED), [collection, *asked]),
        }
        shares = {task: _shares(spy, code, given, Path(name) / "raw") for task, (code, given) in tasks.items()}
    rows = [(task, function, f"{100 * share:.1f} %") for task, found in shares.items() for function, share in found]
    return Section(
        title="Profiles",
        header=("what", "function", "share of busy time"),
        rows=tuple(rows),
        targets=(_target(shares),),
        notes=(
            (
                f"py-spy, {RATE} samples a second of every thread that is busy, by innermost Python function; the "
                f"{SHOWN} with most. What is compiled counts for its caller: `{KERNEL}` is matching and geometry, "
                f"`{NETWORK}` the network. `{IMPORTS}` is loading modules, `{NO_FRAME}` the interpreter starting and "
                "ending: once a process."
            ),
            f"{len(photos)} photos indexed by the command; {len(asked)} queries, each several times in one process.",
        ),
    )


def _shares(spy: str, code: str, given: Sequence[str], raw: Path) -> list[tuple[str, float]]:
    """Run Python code under py-spy and return the functions with most samples."""
    command = [spy, "record", "--format", "raw", "--rate", str(RATE), "--output", str(raw), "--"]
    subprocess.run([*command, sys.executable, "-c", code, *given], check=True, capture_output=True)
    counts: Counter[str] = Counter()
    for line in raw.read_text("utf-8").splitlines():
        stack, _, samples = line.rpartition(" ")
        function = _function(stack)
        if function not in WAITING:
            counts[function] += int(samples)
    return [(function, count / counts.total()) for function, count in counts.most_common(SHOWN)]


def _function(stack: str) -> str:
    """Return `name (file)` of the innermost function of a stack like `main (app.py:3);run (a/b.py:7)`."""
    if "importlib._bootstrap" in stack:
        return IMPORTS
    innermost = stack.rstrip(";").rsplit(";", 1)[-1] or NO_FRAME
    return re.sub(r"\((?:.*/)?([^/]+):\d+\)$", r"(\1)", innermost)


def _target(shares: dict[str, list[tuple[str, float]]]) -> Target:
    """Return the greatest share of a function other than what the work consists of and what happens once."""
    work = {NETWORK, KERNEL, IMPORTS, NO_FRAME}
    others = {function: share for found in shares.values() for function, share in found if function not in work}
    greatest = max(others, key=lambda function: others[function], default="none")
    name = "greatest share of a function beside network, matching and starting"
    return Target(name, 100 * others.get(greatest, 0.0), 10, "%", True, f"it is `{greatest}`")

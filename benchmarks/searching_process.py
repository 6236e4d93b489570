"""What one process measures that opens a collection and searches it: times and its own memory, as JSON.

Run by million.py as `python -m benchmarks.searching_process`, so that nothing else is in that memory.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.million_photos import MadeUp
from glocal.collection import Collection, SearchOptions
from glocal.collection.catalog import CATALOG, INDEX, Catalog
from glocal.collection.index import GlobalIndex
from glocal.extraction import load_model
from glocal.features import View

TOP = 100
EXAMPLES = 6
WAYS = {"exact": (INDEX, 1 << 62), "approximate": ("approximate.index", 0)}
"""Way to search to its cache file and the `exact_bytes` that choose it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--features", type=int, required=True)
    parser.add_argument("--queries", type=int, required=True)
    options = parser.parse_args()
    made_up = MadeUp.of(load_model(preset="paper"), options.features, EXAMPLES)
    queries = made_up.queries(options.queries)
    before = memory()
    began = time.perf_counter()
    collection = Collection.open(options.folder, made_up.model)
    opened = time.perf_counter() - began
    file, exact_bytes = WAYS[options.way]
    catalog = Catalog(options.folder / CATALOG)
    index = GlobalIndex(options.folder / file, queries[0].global_descriptor.size, exact_bytes=exact_bytes)
    found: list[list[int]] = []

    def nearest(number: int) -> None:
        with catalog.snapshot() as snapshot:
            (answer,) = index.nearest(snapshot, queries[number].global_descriptor[None], TOP)
        found.append([photo for photo, _ in answer])

    first = _seconds(nearest, 0)
    searches = [_seconds(nearest, number) for number in range(len(queries))]
    measured = {"opened": opened, "first": first, "searches": searches, "found": found[1:], "before": before}
    measured["after_searches"] = memory()
    forget(options.folder / CATALOG)
    measured["cold_searches"] = [_seconds(nearest, number) for number in range(len(queries))]
    if options.way == "exact":

        def whole(number: int) -> None:
            collection.search_views([View.of(queries[number])], SearchOptions())

        whole(0)  # compiled code is loaded
        forget(options.folder / CATALOG)
        measured["cold_whole"] = [_seconds(whole, -1)]
        measured["whole"] = [_seconds(whole, number) for number in range(len(queries))]
        measured["after_whole"] = memory()
    print(json.dumps(measured))


def memory() -> dict[str, float]:
    """Return gigabytes resident: anonymous memory, and pages of files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {name: int(fields[name].split()[0]) * 1024 / 1e9 for name in ("RssAnon", "RssFile")}


def forget(path: Path) -> None:
    """Drop a file from the system's cache, as far as it allows."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def _seconds(run: Callable[[int], object], number: int) -> float:
    began = time.perf_counter()
    run(number)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

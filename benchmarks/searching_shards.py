"""What searches of made-up photos in shards cost, by one process and by a process for each; run by cluster_million.py.

Times, bytes between processes, and the memory of the processes that search are printed as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.child import SEARCHER, started_by
from benchmarks.fan_out import CountedCluster, Traffic
from benchmarks.million_photos import MadeUp
from benchmarks.photos import EXAMPLES as PHOTOS
from benchmarks.photos import photos_below
from benchmarks.searching_process import EXAMPLES
from glocal.cluster import Cluster, serve_shards
from glocal.collection import DEFAULT_MODE, PhotoSearch, SearchOptions, look_at
from glocal.extraction import Model, load_model
from glocal.features import View


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--queries", type=int, required=True)
    options = parser.parse_args()
    model = load_model()
    views = queries(model, options.queries)
    with Cluster.open(options.root, model) as cluster:
        began = time.perf_counter()
        searched(cluster, views["upright"][:1])
        first = time.perf_counter() - began
        here = {name: searched(cluster, of) for name, of in views.items()}
    with serve_shards(options.root) as served, ThreadPoolExecutor(len(served.shards)) as pool:
        measured = {name: asked(served, pool, of, here[name]) for name, of in views.items()}
        memory = [resident(process) for process in started_by(os.getpid(), SEARCHER)]
    assert memory, "no process searches"
    print(json.dumps({"first": first, "memory": memory, **measured}))


def queries(model: Model, count: int) -> dict[str, list[View]]:
    """Return made-up photos as they are, and examples looked at as a search by default does; features are known."""
    made_up = MadeUp.of(model, model.preset.max_features, EXAMPLES).queries(count)
    examples = islice(cycle(photos_below(PHOTOS)[::-7]), count)
    return {
        "upright": [View.of(one) for one in made_up],
        DEFAULT_MODE: [look_at(model, path, None, DEFAULT_MODE) for path in examples],
    }


def asked(served: Cluster, pool: ThreadPoolExecutor, views: Sequence[View], here: dict[str, list[Any]]) -> Any:
    """Search by processes, then again with bytes counted; answers have to be those of one process."""
    searched(served, views[:2])
    there, traffic = searched(served, views), Traffic()
    counted = searched(CountedCluster(served, pool, traffic), views)
    assert here["found"] == there["found"] == counted["found"], "answers differ"
    seconds = {"one_process": here["seconds"], "processes": there["seconds"], "counted": counted["seconds"]}
    bytes_of = {"sent": sum(traffic.sent.values()), "received": sum(traffic.received.values())}
    return {**seconds, **bytes_of, "questions": traffic.seconds}


def searched(side: PhotoSearch, views: Sequence[View]) -> dict[str, list[Any]]:
    """Return the seconds of each search, and the photos that it found."""
    answers: dict[str, list[Any]] = defaultdict(list)
    for view in views:
        began = time.perf_counter()
        found = side.search_views([view], SearchOptions())
        answers["seconds"].append(time.perf_counter() - began)
        assert not found.missing_shards
        answers["found"].append([hit.photo for hit in found])
    return answers


def resident(process: int) -> dict[str, float]:
    """Return the gigabytes of its own and of pages of files that a process has; what several share counts in parts."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines[1:])
    return {name: int(fields[name].split()[0]) * 1024 / 1e9 for name in ("Pss_Anon", "Pss_File")}


if __name__ == "__main__":
    main()

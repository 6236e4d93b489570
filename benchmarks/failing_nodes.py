"""Nodes of a Ray cluster on this machine, a raylet each, of which one is killed; run by cluster_failures.py.

What came of it is printed as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child import EXTRACTOR, SEARCHER, started_by
from benchmarks.photos import photos_below
from glocal.cluster import Cluster, Layout, serve_shards, shards_of
from glocal.cluster.ray_environment import ADDRESS, ALONE, FOR_SEARCHES, LOOPBACK, ray_environment
from glocal.collection import Collection, Ranking

QUERIES = 12
TOP = 50

Kill = Callable[[bytes], int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("index", "search"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shards", type=int, required=True)
    parser.add_argument("--nodes", type=int, required=True)
    options = parser.parse_args()
    run = index if options.what == "index" else search
    with ray_environment({**FOR_SEARCHES, **ALONE}), ray_nodes(options.nodes) as (address, kill):
        os.environ[ADDRESS] = address
        print(json.dumps(run(options.folder, options.shards, kill)))


@contextmanager
def ray_nodes(count: int) -> Iterator[tuple[str, Kill]]:
    """Start a head node without cores, and worker nodes of a core each.

    Yields:
        The address, and what kills the node that has most processes of a name, and returns their number.
    """
    from ray.cluster_utils import Cluster as Nodes

    common = {"node_ip_address": LOOPBACK, "include_dashboard": False}
    cluster = Nodes(initialize_head=True, head_node_args={"num_cpus": 0, **common})
    try:
        workers = [cluster.add_node(num_cpus=1, **common) for _ in range(count)]

        def kill(name: bytes) -> int:
            held = [len(list(started_by(raylet_of(worker), name))) for worker in workers]
            if not max(held):
                raise SystemExit(f"no node has a process {name.decode()}")
            cluster.remove_node(workers[held.index(max(held))], allow_graceful=False)
            return max(held)

        yield cluster.address, kill
    finally:
        cluster.shutdown()


def raylet_of(node: Any) -> int:
    """Return the process that starts all others of a node."""
    return int(node.all_processes["raylet"][0].process.pid)


def index(folder: Path, shards: int, kill: Kill) -> dict[str, Any]:
    """Index photos into shards, and kill a node when half of what one collection has is committed."""
    photos, root = folder / "photos", folder / "root"
    command = ["cluster", "index", str(photos), "--out", str(root), "--shards", str(shards)]
    with Collection.open(folder / "one") as one:
        wanted = len(one)
    began = time.monotonic()
    run = [sys.executable, "-c", "from glocal.cli import main; main()", *command]
    with subprocess.Popen(run, stdout=sys.stderr) as process:
        while process.poll() is None and 2 * committed(root) < wanted:
            time.sleep(0.2)
        killed_after = committed(root)
        if process.poll() is not None:
            raise SystemExit("indexing was over before a node could be killed; take more photos")
        kill(EXTRACTOR)
        killed = time.monotonic()
    ended = time.monotonic()
    return {
        "seconds": ended - began,
        "killed_after": killed_after,
        "seconds_after": ended - killed,
        "exit": process.returncode,
    }


def committed(root: Path) -> int:
    """Return how many photos are in shards, which may still be made."""
    return sum(shard.photos for shard in shards_of(root)) if Layout.exists(root) else 0


def search(folder: Path, _: int, kill: Kill) -> dict[str, Any]:
    """Search without an end, kill a node, and go on until answers are whole again; compare with one collection."""
    with Collection.open(folder / "one") as one, serve_shards(folder / "root") as served:
        queries = spread(photos_below(folder / "photos"), QUERIES)
        expected = {query: one.search(query, top=TOP) for query in queries}
        before = [asked(served, query, expected) for query in queries]
        held = kill(SEARCHER)
        killed, during = time.monotonic(), list[dict[str, Any]]()
        while not during or during[-1]["missing"]:
            answer = asked(served, queries[len(during) % QUERIES], expected)
            during.append({**answer, "after": time.monotonic() - killed})
        after = [asked(served, query, expected) for query in queries]
    return {
        "queries": len(queries),
        "held": held,
        "same_before": sum(one["same"] for one in before),
        "same_after": sum(one["same"] for one in after),
        "missing": sorted({name for one in during for name in one["missing"]}),
        "during": len(during),
        "without_missing_and_other": sum(not one["missing"] and not one["same"] for one in [*before, *during, *after]),
        "healed_after": during[-1]["after"],
        "seconds_before": statistics.median(one["seconds"] for one in before),
        "slowest_during": max(one["seconds"] for one in during),
    }


def spread(photos: Sequence[Path], count: int) -> list[Path]:
    """Return so many photos, evenly spread over all."""
    return [photos[number * len(photos) // count] for number in range(count)]


def asked(served: Cluster, query: Path, expected: dict[Path, Ranking]) -> dict[str, Any]:
    """Search, and return whether the answer is that of one collection, what is missing, and how long it took."""
    began = time.monotonic()
    found = served.search(query, top=TOP)
    seconds = time.monotonic() - began
    return {"same": is_same(found, expected[query]), "missing": found.missing_shards, "seconds": seconds}


def is_same(found: Ranking, expected: Ranking) -> bool:
    """Say whether two answers have the same hits in the same order, with the same proofs and probabilities."""

    def probabilities(ranking: Ranking) -> list[float]:
        return [hit.probability or 0.0 for hit in ranking]

    proofs = [[(hit.path, hit.inliers, hit.proved) for hit in ranking] for ranking in (found, expected)]
    return proofs[0] == proofs[1] and np.allclose(probabilities(found), probabilities(expected), rtol=0, atol=1e-5)


if __name__ == "__main__":
    main()

"""Nodes of a Ray cluster that die while photos are indexed into shards, and while they are searched.

`python -m benchmarks.node_failures --folder DIR`: a head node and worker nodes run on this machine, a raylet each.
Sections of the example photos are indexed by them, and one is killed when half is done; then the shards are searched,
and another one is killed. What is found afterwards is compared with a single collection of the same photos.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.photos import EXAMPLES, photos_below
from glocal.cluster import Cluster, Layout, serve_shards, shards_of
from glocal.cluster.ray_environment import ADDRESS, ALONE, FOR_SEARCHES, LOOPBACK, ray_environment
from glocal.collection import Collection, Ranking
from glocal.extraction import load_model


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.node_failures", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="a new folder")
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--nodes", type=int, default=3, help="worker nodes, of a core each")
    options = parser.parse_args(arguments)
    photos, root = options.folder / "photos", options.folder / "root"
    photos.mkdir(parents=True)
    for number, section in enumerate(islice(sections(), options.photos)):
        section.save(photos / f"{number:05}.jpg", quality=90)
    with Collection.create(options.folder / "one", load_model()) as one:
        report = one.add(photos)
        print(f"one collection: {report.added} photos in {report.seconds:.0f} s", flush=True)
        with ray_environment({**FOR_SEARCHES, **ALONE}), ray_nodes(options.nodes) as (cluster, nodes):
            os.environ[ADDRESS] = cluster.address
            index(photos, root, options, lambda: cluster.remove_node(nodes[0], allow_graceful=False))
            search(one, root, lambda: cluster.remove_node(nodes[1], allow_graceful=False))


def sections() -> Iterator[Image.Image]:
    """Yield sections of the example photos at half their size, of each another one in every round."""
    for number in range(49):
        for path in photos_below(EXAMPLES):
            with Image.open(path) as opened:
                whole = opened.convert("RGB")
            width, height = whole.size
            left, top = width * (number % 7) // 42, height * (number // 7) // 42
            section = whole.crop((left, top, left + width * 6 // 7, top + height * 6 // 7))
            yield section.resize((width // 2, height // 2))


@contextmanager
def ray_nodes(count: int) -> Iterator[tuple[Any, list[Any]]]:
    """Start a head node without cores, and worker nodes of one core each."""
    from ray.cluster_utils import Cluster as Nodes

    common = {"node_ip_address": LOOPBACK, "include_dashboard": False}
    cluster = Nodes(initialize_head=True, head_node_args={"num_cpus": 0, **common})
    try:
        yield cluster, [cluster.add_node(num_cpus=1, **common) for _ in range(count)]
    finally:
        cluster.shutdown()


def index(photos: Path, root: Path, options: argparse.Namespace, kill: Any) -> None:
    """Index into shards, and kill a node when half is done."""
    command = ["cluster", "index", str(photos), "--out", str(root), "--shards", str(options.shards)]
    began = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", "from glocal.cli import main; main()", *command]) as process:
        while process.poll() is None and 2 * committed(root) < options.photos:
            time.sleep(0.2)
        done = committed(root)
        kill()
    seconds = time.monotonic() - began
    print(
        f"in shards: {committed(root)} photos in {seconds:.0f} s, a node killed after {done}; exit {process.returncode}"
    )


def committed(root: Path) -> int:
    return sum(shard.photos for shard in shards_of(root)) if Layout.exists(root) else 0


def search(one: Collection, root: Path, kill: Any) -> None:
    """Search while a node is killed, and compare with one collection before and after."""
    queries = photos_below(EXAMPLES)[::12]
    with Cluster.open(root, one.model) as cluster:
        same = [photo.path for photo in cluster.photos()] == [photo.path for photo in one.photos()]
        print(f"the same photos, each once: {same}", flush=True)
    with serve_shards(root) as served:
        print(
            f"{agreeing(one, served, queries)} of {len(queries)} answers the same before a node is killed", flush=True
        )
        kill()
        began = time.monotonic()
        missing: tuple[str, ...] = ("",)
        while missing:
            missing = served.search(queries[0]).missing_shards
            print(f"{time.monotonic() - began:.1f} s after: missing {', '.join(missing) or 'nothing'}", flush=True)
        print(f"{agreeing(one, served, queries)} of {len(queries)} answers the same after that", flush=True)


def agreeing(one: Collection, served: Cluster, queries: Sequence[Path]) -> int:
    """Return of how many queries both answers have the same hits, in order, with the same proofs."""
    return sum(told(one.search(query, top=50)) == told(served.search(query, top=50)) for query in queries)


def told(ranking: Ranking) -> list[object]:
    return [(hit.path, hit.inliers, hit.proved, round(hit.probability or 0.0, 6)) for hit in ranking]


if __name__ == "__main__":
    main()

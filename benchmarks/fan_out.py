"""A search over shards in processes of their own, beside the same search in one process.

`python -m benchmarks.fan_out --folder DIR`: the example photos, and made-up ones (see million_photos.py), lie in one
collection and in shards. The same query is searched in the collection, in the shards by one process, and in the shards
by a process each, in turn. What is searched with is extracted before: the network and pixels are the same for all.
Bytes are those of questions and answers as they are pickled, for all shards together; what is sent
to a machine once is counted once.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.million_photos import MadeUp, build
from benchmarks.photos import EXAMPLES, photos_below
from glocal.cluster import Cluster, Layout, reshard, serve_shards
from glocal.cluster.asking import Asking
from glocal.cluster.remote_shard import RemoteShard, SentOnce
from glocal.cluster.shards_reading import ShardsReading
from glocal.collection import DEFAULT_MODE, EFFORTS, Collection, ModelIdentity, PhotoSearch, SearchOptions, look_at
from glocal.extraction import load_model
from glocal.features import View

ONCE = "once to a machine"


@dataclass
class Traffic:
    """Bytes that went to shards and came back, by question, and the seconds that each took."""

    sent: Counter[str] = field(default_factory=Counter)
    received: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def counted(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        """Return the same conversation, counted."""

        def counting(question: str, *arguments: Any) -> Any:
            began = time.perf_counter()
            answer = ask(question, *arguments)
            spent = time.perf_counter() - began
            name = arguments[0] if question == "ask" else question
            self.sent[name] += len(pickle.dumps(arguments, pickle.HIGHEST_PROTOCOL))
            self.received[name] += len(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))
            self.seconds[name].append(spent)
            return answer

        return counting

    def counted_put(self, value: Any) -> Any:
        """Put a value where the processes of a machine read it, and count it."""
        import ray  # not before it is told by its environment

        self.sent[ONCE] += len(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
        return ray.put(value)


class CountedCluster(Cluster):
    """A sharded collection whose shards are searched by the processes of another, with the traffic counted."""

    def __init__(self, served: Any, pool: Executor, traffic: Traffic) -> None:
        super().__init__(served.directory, served.shards, served.identity, served.model)
        self._replicas = served.replicas
        self._pool = pool
        self._traffic = traffic

    @contextmanager
    def reading(self) -> Iterator[ShardsReading]:
        """Lend the photos as the shards' processes know them."""
        sent = SentOnce(self._traffic.counted_put)
        shards = [RemoteShard(self._traffic.counted(one.conversation()), sent) for one in self._replicas]
        yield ShardsReading(shards, Asking([one.name for one in self._replicas], self._pool))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fan_out", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="collections are made there, or gone on with")
    parser.add_argument("--photos", type=int, default=10_000, help="all, made-up ones too")
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--seconds", type=Path, help="file for fan_out_simulation.py")
    options = parser.parse_args(arguments)
    one, root = fill(options.folder, options.photos, options.shards)
    model = load_model()
    paths = list(islice(cycle(photos_below(EXAMPLES)[::-7]), options.queries))
    views = {path: look_at(model, path, None, DEFAULT_MODE) for path in dict.fromkeys(paths)}
    with Collection.open(one, model) as whole, Cluster.open(root, model) as cluster, serve_shards(root) as served:
        sides: dict[str, PhotoSearch] = {
            "one collection": whole,
            "shards, one process": cluster,
            "shards, a process each": served,
        }
        seconds: dict[str, list[float]] = defaultdict(list)
        for path in [paths[0], *paths]:
            for name, side in sides.items():
                seconds[name].append(timed(side, views[path]))
        traffic = Traffic()
        with ThreadPoolExecutor(options.shards) as pool:
            counted = CountedCluster(served, pool, traffic)
            took = [timed(counted, views[path]) for path in paths]
        if options.seconds:
            measured = {"shards": options.shards, "searches": took, "questions": traffic.seconds}
            options.seconds.write_text(json.dumps(measured), "utf-8")
    print(f"{options.photos} photos, {options.shards} shards, {len(paths)} searches, load {os.getloadavg()[0]:.1f}\n")
    report({name: values[1:] for name, values in seconds.items()}, traffic, len(paths))


def fill(folder: Path, photos: int, shards: int) -> tuple[Path, Path]:
    """Make a collection of the example photos and made-up ones, so many in all, and copy it into shards."""
    model, examples = load_model(), photos_below(EXAMPLES)
    source = folder / "one"
    if not Layout.exists(source):
        Layout.create(source, 1, ModelIdentity.of(model))
    (one,) = Layout.read(source).folders(source)
    one.mkdir(exist_ok=True)
    build(one, MadeUp.of(model, model.preset.max_features), max(photos - len(examples), 0))
    with Collection.open(one, model) as collection:
        collection.add(examples)
    reshard(source, folder / f"shards-{shards}", shards, model)
    return one, folder / f"shards-{shards}"


def timed(side: PhotoSearch, view: View) -> float:
    """Return the seconds that a search takes by features that are known."""
    began = time.perf_counter()
    side.search_views([view], SearchOptions(top=24, rerank=EFFORTS[DEFAULT_MODE].rerank))
    return time.perf_counter() - began


def report(seconds: dict[str, list[float]], traffic: Traffic, searches: int) -> None:
    """Print tables of both."""
    first = next(iter(seconds.values()))
    print("| | median ms | ratio to one collection, median of searches |\n|---|---:|---:|")
    for name, values in seconds.items():
        ratio = statistics.median(value / base for value, base in zip(values, first, strict=True))
        print(f"| {name} | {1e3 * statistics.median(values):.0f} | {ratio:.2f} |")
    print("\n| question | calls a search | kB sent | kB received |\n|---|---:|---:|---:|")
    for name in (*traffic.seconds, ONCE):
        row = [len(traffic.seconds.get(name, ())), traffic.sent[name] / 1e3, traffic.received[name] / 1e3]
        print(f"| {name} | " + " | ".join(f"{value / searches:.1f}" for value in row) + " |")
    sums = [sum(counter.values()) / 1e3 / searches for counter in (traffic.sent, traffic.received)]
    print("| all | | " + " | ".join(f"{value:.1f}" for value in sums) + " |")


if __name__ == "__main__":
    main()

"""The service under load, many clients searching while photos are added: `python -m benchmarks.service [--out FILE]`.

    python -m benchmarks.service [--clients 200] [--seconds 60] [--indexed 10000] [--added 500] [--workers 1 2]
    python -m benchmarks.service --quick

Fills a collection with `--indexed` photos: some of those given, and then copies of their features with some changes, so
that each is a photo of its own. For each number of workers it starts the real service, lets every client search again
and again with photos of the collection, adds `--added` photos meanwhile, and counts. Most searches are fast ones by
stored features; some have a region and are looked at from all sides as the page does, which costs an extraction. A
search that is told to come again does, and took as long as its client waited for the answer. Before, one client alone
is compared with the same searches in one process without a service. It also says how long an event loop did nothing for
those who waited, at most. Clients and service share the machine's cores. In full it takes some ten minutes, and ends
with 1 if an answer was an error, a connection broke, or a photo or a job was lost. `--quick` only tries it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sqlite3
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))
from service_process import ServiceProcess

from benchmarks.event_loop import Block, longest_block, watch
from benchmarks.photos import EXAMPLES, photos_below
from benchmarks.report import Section, Target, put_out, render
from benchmarks.service_clients import in_process, load
from glocal.collection import Collection
from glocal.collection.catalog import CATALOG, Catalog, FileState, StoredFeatures
from glocal.extraction import load_model
from glocal.images import encode, read_photo
from glocal.service.settings import Settings

REGION_SHARE = 0.1
ALONE_SECONDS = 20
NUMBERS = {"clients": 200, "seconds": 60, "indexed": 10000, "added": 500}
QUICK = {"clients": 8, "seconds": 5, "indexed": 60, "added": 10, "workers": [1]}
MOST_EXTRACTED = 120
"""Photos that are indexed as they are. The features of the first `MOST_VARIED` become all others."""

MOST_VARIED = 40
MOST_BLOCKED_MS = 50
KINDS = {"stored": "fast, by stored features", "region": "with a region, as the page does"}


@dataclass(frozen=True)
class Run:
    """What was seen of a service.

    Attributes:
        workers: of it.
        alone: what one client waited, seconds by kind.
        seen: what all clients saw, as `load` returns it.
        lost: photos that were accepted and are not there.
        block: the longest of an event loop while all clients searched.
    """

    workers: int
    alone: dict[str, list[float]]
    seen: dict[str, Any]
    lost: int
    block: Block

    @property
    def wrong(self) -> dict[str, int]:
        """How many answers, connections, photos and jobs went wrong."""
        jobs: Counter[str] = self.seen["jobs"]
        return {
            "errors of the server": sum(code >= 500 for code in self.seen["codes"]),
            "broken connections": len(self.seen["broken"]),
            "lost photos": self.lost,
            "jobs not done": jobs.total() - jobs["done"],
        }


def fill(folder: Path, photos: list[Path], count: int, rng: np.random.Generator) -> None:
    """Index the photos, then grow the catalog with perturbed features of them: extraction is not what is measured."""
    with Collection.create(folder, load_model()) as collection:
        collection.add(photos)
        model = collection.model
        features = [model.extract(photo) for photo in photos[:MOST_VARIED]]
    catalog = Catalog(folder / CATALOG)
    for start in range(len(photos), count, 500):
        with catalog.change() as change:
            for number in range(start, min(start + 500, count)):
                one = features[number % len(features)]
                moved = one.global_descriptor + rng.normal(0, 0.03, one.global_descriptor.shape).astype(np.float32)
                varied = replace(
                    one,
                    global_descriptor=moved / np.linalg.norm(moved),
                    descriptors=one.descriptors[rng.permutation(len(one))],
                )
                path = photos[number % len(photos)].with_suffix(f".{number}.jpg")
                change.put(path, FileState(1, 1, number.to_bytes(16)), StoredFeatures.of(varied))
    catalog.close()


def variants(photos: list[Path], count: int, rng: np.random.Generator) -> list[bytes]:
    """Return `count` photos of which no two have the same bytes."""
    made = []
    for number in range(count):
        pixels = read_photo(photos[number % len(photos)]).copy()
        pixels[:8, :8] = rng.integers(0, 255, 3)
        pixels[number % len(pixels), :4] = number % 251
        made.append(encode(pixels, "jpg"))
    return made


@contextmanager
def on_path(modules: Path) -> Iterator[None]:
    """Let processes that are started meanwhile find these modules first."""
    sys.path.insert(0, str(modules))
    try:
        yield
    finally:
        sys.path.remove(str(modules))


def measure(collection: Path, added: list[bytes], ids: list[int], workers: int, options: argparse.Namespace) -> Run:
    """Serve a copy of the collection, and search it with one client and then with all."""
    with TemporaryDirectory(prefix="glocal-benchmark-") as made:
        folder = Path(made)
        shutil.copytree(collection, folder / "collection")
        settings = Settings({"demo": folder / "collection"}, folder / "state", workers=workers)
        with on_path(watch(folder / "beats")), ServiceProcess(settings, folder / "log") as service:
            one = asyncio.run(load(service, ids, [], 1, min(ALONE_SECONDS, options.seconds), 0.5))
            began = time.monotonic()
            seen = asyncio.run(load(service, ids, added, options.clients, options.seconds, REGION_SHARE))
            total = httpx.get(f"{service.api}/collections/demo", timeout=60).json()["photos"]
        alone = {kind: one[kind] for kind in KINDS}
        lost = options.indexed + len(added) - total
        return Run(workers, alone, seen, lost, longest_block(folder / "beats", began))


def percentiles(seconds: list[float]) -> tuple[str, ...]:
    """Return the median, the 90th and the 99th percentile, milliseconds."""
    return tuple(f"{1000 * np.percentile(seconds, at):.0f}" if seconds else "" for at in (50, 90, 99))


def section_of(run: Run, in_one_process: dict[str, float], options: argparse.Namespace) -> Section:
    """Return what was seen of a service as a table."""
    rows = []
    for kind, name in KINDS.items():
        alone = statistics.median(run.alone[kind]) if run.alone[kind] else float("inf")
        rows.append(
            (
                name,
                f"{1000 * in_one_process[kind]:.1f}",
                f"{1000 * alone:.1f}",
                f"{alone / in_one_process[kind]:.2f}",
                *percentiles(run.seen[kind]),
            )
        )
    codes = Counter(run.seen["codes"])
    blocked = 1000 * run.block.seconds
    return Section(
        title=f"{run.workers} worker{'s' if run.workers > 1 else ''}",
        header=("search", "in one process, ms", "one client, ms", "ratio", "all clients: median", "90 %", "99 %, ms"),
        rows=tuple(rows),
        targets=(
            *(Target(name, count, 0, "", True, "see the log") for name, count in run.wrong.items()),
            Target("an event loop blocked", blocked, MOST_BLOCKED_MS, "ms", True, "see below what of it had no core"),
        ),
        notes=(
            f"{options.clients} clients for {options.seconds} s: {codes[200] / options.seconds:.1f} searches a second.",
            f"Told to come again: {codes[429]} times.",
            f"{options.added} photos added meanwhile, all indexed after {run.seen['indexed_in']:.0f} s.",
            f"An event loop blocked: {1000 * run.block.without_core:.0f} of {blocked:.0f} ms for want of a core.",
        ),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--photos", type=Path, default=EXAMPLES, help="photos (default: the examples)")
    for name, value in NUMBERS.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, help="where the results go (default: they are printed)")
    options = parser.parse_args(arguments)
    if options.quick:
        vars(options).update(QUICK)
    before, rng = os.getloadavg()[0], np.random.default_rng(0)
    photos = photos_below(options.photos)[: min(MOST_EXTRACTED, options.indexed // 2)]
    with TemporaryDirectory(prefix="glocal-benchmark-") as made:
        collection = Path(made) / "collection"
        fill(collection, photos, options.indexed, rng)
        added = variants(photos, options.added, rng)
        with sqlite3.connect(collection / CATALOG) as catalog:
            ids = [number for (number,) in catalog.execute("SELECT id FROM photos ORDER BY id LIMIT ?", (len(photos),))]
        alone = in_process(collection, ids)
        runs = [measure(collection, added, ids, workers, options) for workers in options.workers]
    sections = [section_of(run, alone, options) for run in runs]
    how = "Times from a client's question to its answer, waiting to come again included."
    called = "".join(f" --{name} {vars(options)[name]}" for name in NUMBERS if vars(options)[name] != NUMBERS[name])
    put_out(render(sections, before, f".service{called}", how), options.out)
    sys.exit(any(any(run.wrong.values()) for run in runs))


if __name__ == "__main__":
    main()

"""A million photos: `python -m benchmarks million --folder DIR` makes them, or goes on making them, and measures.

Measured: build rate, bytes a photo, opening, searches exact and approximate, whole queries, memory, adding and
removing, cost against size, other structures for nearest neighbours, and evaluation past as many distractors.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import evaluation, growth, structures
from benchmarks.million_photos import MadeUp, build, features_that_fit, rate, store
from benchmarks.report import Section, Target, render
from benchmarks.searching_process import TOP
from glocal.arrays import FloatArray
from glocal.collection import Collection
from glocal.collection.catalog import CATALOG, INDEX, Catalog
from glocal.collection.index import GlobalIndex
from glocal.collection.index.index_names import index_files
from glocal.extraction import load_model

RESULTS = Path(__file__).parent / "RESULTS-million.md"
PHOTOS = 1_000_000
CHANGED = 1000
SIZES = (1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
STRUCTURE_SIZES = (10_000, 100_000, 1_000_000)
STORING = "SQLite writes and flushes every batch"
READING = "codes and the answer's descriptors are read from memory, which others use too"
MATCHING = "100 candidates' local features are read from a catalog that may not fit in memory, and verified"


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks million", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the collection is, or is made")
    parser.add_argument("--photos", type=int, default=PHOTOS)
    parser.add_argument("--features", type=int, choices=(500, 1000), help="local features a photo (default: what fits)")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--build-only", action="store_true", help="make the collection, measure nothing")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--slow", action="store_true", help="HNSW of all photos too, which takes long to build")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go; written after each part")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    load, done = os.getloadavg()[0], []
    called = f" million --photos {options.photos}"
    called += f" --parts {' '.join(options.parts)}" * (options.parts != list(PARTS))
    for section in _sections(options):
        done.append(section)
        options.out.write_text(render(done, load, called), "utf-8")
        print(f"{section.title}: done", file=sys.stderr)


PARTS = ("collection", "growth", "structures", "evaluation")


def _sections(options: argparse.Namespace) -> Iterator[Section]:
    if "collection" in options.parts or options.build_only:
        limit = options.features or _features_of(options.folder, options.photos)
        made_up = MadeUp.of(load_model(preset="paper"), limit)
        build(options.folder / "collection", made_up, options.photos)
        if options.build_only:
            return
        yield _collection(options.folder / "collection", made_up, options.photos, options.queries)
    sizes = [size for size in SIZES if size < options.photos] + [options.photos]
    if "growth" in options.parts:
        yield growth.run(options.folder, sizes, min(options.queries, 30), options.out.with_suffix(".svg"))
    if "structures" in options.parts:
        sizes = [size for size in STRUCTURE_SIZES if size < options.photos] + [options.photos]
        yield structures.run(tuple(sizes), growth.DIMENSIONS[0], options.queries, slow=options.slow)
    if "evaluation" in options.parts:
        yield evaluation.run(options.photos, options.folder)


def _features_of(folder: Path, photos: int) -> int:
    """Return the local features a photo: of the collection that is there, else as many as fit on the disk."""
    notes = folder / "features"
    if not notes.exists():
        notes.write_text(str(features_that_fit(folder, photos)))
    return int(notes.read_text())


def _collection(folder: Path, made_up: MadeUp, photos: int, queries: int) -> Section:
    made = _process(folder, "exact", made_up.limit, 1)["first"]
    _process(folder, "approximate", made_up.limit, 1)
    asked = [query.global_descriptor for query in made_up.queries(queries)]
    right = _brute_force(folder, np.stack(asked))  # reads every descriptor, so the system may keep them
    exact = _process(folder, "exact", made_up.limit, queries)
    _brute_force(folder, asked[0][None])  # and reads them again after they were forgotten
    approximate = _process(folder, "approximate", made_up.limit, queries)
    recalls = {way["name"]: _recall(way["found"], right) for way in (exact, approximate)}
    size = sum(file.stat().st_size for file in folder.iterdir() if not file.name.startswith("approximate-"))
    change = _changed(folder, made_up, photos, asked[0])
    rows = [
        ("bytes a photo", f"{size / photos:.0f}"),
        ("first search of all, which makes the index if it is not there yet, s", f"{made:.1f}"),
        *((f"{way['name']} search, ms: median, 95 % below", _spread(way["searches"])) for way in (exact, approximate)),
        *(
            (f"{way['name']} search, catalog not in the system's cache, ms", _spread(way["cold_searches"]))
            for way in (exact, approximate)
        ),
        ("whole query, ms: median, 95 % below", _spread(exact["whole"])),
        ("whole query, catalog not in the system's cache, ms", f"{1000 * exact['cold_whole'][0]:.0f}"),
        *((f"{name}, GB anonymous + file-backed", _memory(memory)) for name, memory in _memories(exact, approximate)),
        *((name, f"{1000 * seconds:.0f}") for name, seconds in change.items()),
    ]
    return Section(
        title=f"{photos} photos of {made_up.limit} local features",
        header=("figure", "measured"),
        rows=tuple(rows),
        targets=_targets(exact, approximate, recalls, rate(folder)),
        notes=(
            (
                "Made-up global descriptors (benchmarks/synthetic.py), local features of the examples with noise, "
                "stored by the code that `glocal index` uses; making them up is not in the rate."
            ),
            (
                f"{queries} queries of {TOP} photos each, every one another, in a process of its own; a whole query "
                f"reads and verifies 100 candidates of {made_up.limit} local features. Recall against all "
                "inner products with the descriptors in the catalog."
            ),
            (
                "Before searches were timed, every descriptor of the catalog had been read once, so that the system "
                "could keep them; then the same queries were asked with the catalog dropped from its cache."
            ),
            (
                f"After {CHANGED} photos were added, and again after they were removed, a search was compared with the "
                "ranking by all inner products: equal. Nothing was built anew."
            ),
        ),
    )


def _process(folder: Path, way: str, limit: int, queries: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.searching_process", str(folder), way]
    command += ["--features", str(limit), "--queries", str(queries)]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {"name": way, **json.loads(text)}


def _brute_force(folder: Path, queries: FloatArray) -> list[list[int]]:
    """Return the ids of the TOP nearest of each query by the definition, best first, equal ones by id."""
    ids, similarities = [], []
    catalog = Catalog(folder / CATALOG)
    with catalog.snapshot() as snapshot:
        for block_ids, block in snapshot.all_descriptors(4096):
            ids.append(block_ids)
            similarities.append((block.astype(np.float64) @ queries.T.astype(np.float64)).astype(np.float32))
    catalog.close()
    all_ids, table = np.concatenate(ids), np.concatenate(similarities)
    return [all_ids[np.argsort(-column, kind="stable")[:TOP]].tolist() for column in table.T]


def _recall(found: list[list[int]], right: list[list[int]]) -> float:
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found, right, strict=True)]))


def _changed(folder: Path, made_up: MadeUp, photos: int, query: FloatArray) -> dict[str, float]:
    """Add photos, search, remove them, search; return milliseconds of each.

    Raises:
        RuntimeError: an answer is not the ranking by all inner products.
    """
    catalog = Catalog(folder / CATALOG)
    index = GlobalIndex(folder / INDEX, len(query), exact_bytes=1 << 62)
    new = list(made_up.photos(photos, photos + CHANGED))
    seconds: dict[str, float] = {}

    def search(name: str) -> None:
        began = time.perf_counter()
        with catalog.snapshot() as snapshot:
            (answer,) = index.nearest(snapshot, query[None], TOP)
        seconds[name] = time.perf_counter() - began
        (right,) = _brute_force(folder, query[None])
        if [photo for photo, _ in answer] != right:
            raise RuntimeError(f"{name}: the answer is not the ranking by all inner products")

    search("opening the index and a search, ms")
    files = index_files(folder / INDEX)
    began = time.perf_counter()
    store(catalog, new)
    seconds[f"adding {CHANGED} photos, ms"] = time.perf_counter() - began
    search("first search after that, ms")
    began = time.perf_counter()
    with Collection.open(folder, made_up.model) as collection:
        collection.remove([path for path, _, _ in new])
    seconds[f"removing {CHANGED} photos, ms"] = time.perf_counter() - began
    search("first search after that, ms ")
    if index_files(folder / INDEX) != files and 0.01 * photos > CHANGED:
        raise RuntimeError("the index was built anew")
    catalog.close()
    return seconds


def _targets(
    exact: dict[str, Any],
    approximate: dict[str, Any],
    recalls: dict[str, float],
    built: float,
) -> tuple[Target, ...]:
    resident = [sum(memory.values()) for _, memory in _memories(exact, approximate)]
    return (
        Target("photos stored a second", built, 100, "photos/s", False, STORING),
        Target("opening and the first search", exact["opened"] + exact["first"], 2, "s", True, READING),
        Target("exact search, median", _median(exact["searches"]), 50, "ms", True, READING),
        Target("exact search, recall@100", recalls["exact"], 1, "", False, "it is exact by construction: report this"),
        Target("approximate search, median", _median(approximate["searches"]), 10, "ms", True, READING),
        Target("approximate search, recall@100", recalls["approximate"], 0.99, "", False, "too short a list"),
        Target("whole query, median", _median(exact["whole"]), 300, "ms", True, MATCHING),
        Target("resident memory, file-backed included", max(resident), 1.5, "GB", True, "see the rows on memory"),
    )


def _memories(exact: dict[str, Any], approximate: dict[str, Any]) -> list[tuple[str, dict[str, float]]]:
    return [
        ("memory before opening", exact["before"]),
        ("memory after exact searches", exact["after_searches"]),
        ("memory after whole queries too", exact["after_whole"]),
        ("memory after approximate searches", approximate["after_searches"]),
    ]


def _memory(memory: dict[str, float]) -> str:
    return f"{memory['RssAnon']:.2f} + {memory['RssFile']:.2f}"


def _median(seconds: Sequence[float]) -> float:
    return 1000 * float(np.median(seconds))


def _spread(seconds: Sequence[float]) -> str:
    return f"{_median(seconds):.1f}, {1000 * float(np.percentile(seconds, 95)):.1f}"

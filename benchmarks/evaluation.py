"""Time and memory of evaluation: rankings of the two sets, and 70 queries past 1,001,001 distractors.

    python benchmarks/evaluation.py [--distractors 1001001] [--dimensions 2048] [--folder DIR]

Writes float16 shards of random descriptors to the folder (4.1 GB for the defaults) unless they are there, then
evaluates them in a process of its own and prints seconds, the largest resident memory, and the rate at which
distractors were read beside two limits measured in the same run: reading the same files, and streaming memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from glocal.evaluation.annotation_files import load_annotations
from glocal.evaluation.annotations import Annotations, Protocol, Query
from glocal.evaluation.descriptors import evaluate_descriptors
from glocal.evaluation.revisited import score_rankings

SETS = {"roxford5k": 4993, "rparis6k": 6322}
QUERIES = 70
SHARD = 50_000
MEMORY_LIMIT = 2 * 1024**3
SECONDS_LIMIT = 1.0
THREADS = 2
STREAMED = 512 * 1024**2
"""Bytes of memory summed to measure its bandwidth."""


def make_annotations(photos: int) -> Annotations:
    """Return 70 queries with lists of the lengths that are common in the published files."""
    rng = np.random.default_rng(0)
    queries = []
    for number in range(QUERIES):
        rows = rng.permutation(photos)
        queries.append(Query(f"query{number}", None, easy=rows[:60], hard=rows[60:150], junk=rows[150:250]))
    return Annotations(tuple(f"photo{row}" for row in range(photos)), tuple(queries))


def time_rankings() -> None:
    for name, photos in SETS.items():
        annotations = make_annotations(photos)
        rng = np.random.default_rng(1)
        rankings = np.array([rng.permutation(photos) for _ in range(QUERIES)])
        start = time.perf_counter()
        for protocol in Protocol:
            score_rankings(annotations, rankings, protocol)
        seconds = time.perf_counter() - start
        print(f"{name}: {photos} x {QUERIES} rankings, three protocols: {seconds:.3f} s")
        assert seconds < SECONDS_LIMIT


def unit_rows(rng: np.random.Generator, count: int, dimensions: int) -> np.ndarray:
    rows = rng.standard_normal((count, dimensions), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def make_files(folder: Path, distractors: int, dimensions: int) -> None:
    if (folder / "done.json").exists():
        return
    (folder / "distractors").mkdir(parents=True, exist_ok=True)
    photos = SETS["roxford5k"]
    rng = np.random.default_rng(2)
    np.save(folder / "database.npy", unit_rows(rng, photos, dimensions))
    np.save(folder / "queries.npy", unit_rows(rng, QUERIES, dimensions))
    for number, start in enumerate(range(0, distractors, SHARD)):
        count = min(SHARD, distractors - start)
        blocks = [unit_rows(rng, min(5000, count - at), dimensions) for at in range(0, count, 5000)]
        np.save(folder / "distractors" / f"{number:05}.npy", np.concatenate(blocks).astype(np.float16))
    annotations = make_annotations(photos)
    truths = [
        {"bbx": None, **{kind: getattr(query, kind).tolist() for kind in ("easy", "hard", "junk")}}
        for query in annotations.queries
    ]
    listed = {"imlist": annotations.photos, "qimlist": [query.name for query in annotations.queries], "gnd": truths}
    (folder / "gnd.json").write_text(json.dumps(listed))
    (folder / "done.json").write_text(json.dumps({"distractors": distractors, "dimensions": dimensions}))


def evaluate(folder: Path) -> None:
    start = time.perf_counter()
    evaluation = evaluate_descriptors(
        load_annotations(folder / "gnd.json"),
        folder / "queries.npy",
        folder / "database.npy",
        distractors=folder / "distractors",
    )
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    count = evaluation.setting["distractors"]
    print(
        f"{QUERIES} queries, {evaluation.setting['photos']} photos and {count:,} distractors, "
        f"{evaluation.setting['dimensions']}-d float16 distractors: "
        f"{seconds:.1f} s, {memory / 1024**3:.2f} GB resident at most"
    )
    assert memory < MEMORY_LIMIT
    size = sum(file.stat().st_size for file in (folder / "distractors").iterdir())
    print(
        f"{size / seconds / 1e9:.2f} GB/s of distractors; only reading their files {file_rate(folder) / 1e9:.2f} GB/s, "
        f"streaming memory {memory_rate() / 1e9:.2f} GB/s, both with {THREADS} threads"
    )


def file_rate(folder: Path) -> float:
    """Return bytes a second at which the distractors are read and nothing is done with them."""
    files = sorted((folder / "distractors").iterdir())
    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        size = sum(pool.map(read_file, files))
    return size / (time.perf_counter() - start)


def read_file(path: Path) -> int:
    buffer = bytearray(1 << 22)
    total = 0
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            total += count
    return total


def memory_rate() -> float:
    """Return bytes a second at which memory far beyond the caches is summed, the best of three."""
    blocks = [np.ones(STREAMED // THREADS // 8, np.int64) for _ in range(THREADS)]
    times = []
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(3):
            start = time.perf_counter()
            list(pool.map(np.sum, blocks))
            times.append(time.perf_counter() - start)
    return STREAMED / min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--distractors", type=int, default=1_001_001)
    parser.add_argument("--dimensions", type=int, default=2048)
    parser.add_argument("--folder", type=Path, default=Path("benchmark-evaluation"))
    parser.add_argument("--evaluate-only", action="store_true", help="only the last step, in this process")
    arguments = parser.parse_args()
    if arguments.evaluate_only:
        evaluate(arguments.folder)
        return
    time_rankings()
    make_files(arguments.folder, arguments.distractors, arguments.dimensions)
    # A process of its own, so that making the files does not count as memory of the evaluation.
    command = [sys.executable, __file__, "--evaluate-only", "--folder", str(arguments.folder)]
    sys.stdout.flush()
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()

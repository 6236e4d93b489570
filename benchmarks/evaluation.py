"""Evaluation at scale: 70 queries past a million 2048-d distractors, beside what the machine could do at best."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.report import Section, Target
from glocal.arrays import FloatArray
from glocal.evaluation.datasets import Annotations, Protocol, Query
from glocal.evaluation.features.arrays import BLOCK_ROWS
from glocal.evaluation.runs.revisited import score_rankings

SETS = {"roxford5k": 4993, "rparis6k": 6322}
QUERIES = 70
DIMENSIONS = 2048
SHARD = 50_000
THREADS = 2
STREAMED = 512 * 1024**2
"""Bytes of memory summed to measure its bandwidth."""


def run(distractors: int, folder: Path | None = None) -> Section:
    """Evaluate made-up descriptors in a process of its own.

    Args:
        distractors: how many; a million take 4.1 GB.
        folder: where they are written for the time being; the system's folder for such files if None.
    """
    rankings = {name: _seconds_of_rankings(photos) for name, photos in SETS.items()}
    with TemporaryDirectory(prefix="glocal-evaluation-", dir=folder) as name:
        _make_files(Path(name), distractors)
        command = [sys.executable, "-m", "benchmarks.evaluating_process", name]
        found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        reading = distractors / _files_read(Path(name) / "distractors")
    rates = {
        "evaluated": distractors / found["seconds"],
        "float64 matrix product alone": _rows_multiplied(),
        "reading the files alone": reading,
        "summing memory": _bytes_summed() / (2 * DIMENSIONS),
    }
    return Section(
        title="Evaluation at scale",
        header=("what", "million distractors/s", "GB/s"),
        rows=tuple((what, f"{rate / 1e6:.3f}", f"{2 * DIMENSIONS * rate / 1e9:.2f}") for what, rate in rates.items()),
        targets=(
            *(
                Target(f"metrics of {QUERIES} rankings of {name}, three protocols", seconds, 1, "s", True, "NumPy")
                for name, seconds in rankings.items()
            ),
            Target("memory while evaluating", found["memory"], 2, "GB", True, "blocks that wait for each other"),
        ),
        notes=(
            (
                f"{QUERIES} queries, {SETS['roxford5k']} photos and {distractors} distractors of {DIMENSIONS} float16 "
                f"from disk, {found['seconds']:.1f} s from files to mAP, in a process of its own."
            ),
            (
                f"{QUERIES} queries make {QUERIES} multiplications and additions of each number read, so arithmetic "
                "and not memory is the limit: the matrix product, and making float64 of float16. Inner products on the "
                "grid of float16 are exact in float64, so that rankings depend neither on threads nor on block sizes."
            ),
            f"All with {THREADS} threads, but the matrix product: as many as NumPy takes.",
        ),
    )


def make_annotations(photos: int) -> Annotations:
    """Return queries with lists of the lengths that are common in the published files."""
    rng = np.random.default_rng(0)
    queries = []
    for number in range(QUERIES):
        rows = rng.permutation(photos)
        queries.append(Query(f"query{number}", None, easy=rows[:60], hard=rows[60:150], junk=rows[150:250]))
    return Annotations(tuple(f"photo{row}" for row in range(photos)), tuple(queries))


def _seconds_of_rankings(photos: int) -> float:
    annotations = make_annotations(photos)
    rng = np.random.default_rng(1)
    rankings = np.array([rng.permutation(photos) for _ in range(QUERIES)])
    start = time.perf_counter()
    for protocol in Protocol:
        score_rankings(annotations, rankings, protocol)
    return time.perf_counter() - start


def _unit_rows(rng: np.random.Generator, count: int) -> FloatArray:
    rows = rng.standard_normal((count, DIMENSIONS), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def _make_files(folder: Path, distractors: int) -> None:
    (folder / "distractors").mkdir()
    rng = np.random.default_rng(2)
    np.save(folder / "database.npy", _unit_rows(rng, SETS["roxford5k"]))
    np.save(folder / "queries.npy", _unit_rows(rng, QUERIES))
    for number, start in enumerate(range(0, distractors, SHARD)):
        shard = np.empty((min(SHARD, distractors - start), DIMENSIONS), np.float16)
        for at in range(0, len(shard), BLOCK_ROWS):
            shard[at : at + BLOCK_ROWS] = _unit_rows(rng, min(BLOCK_ROWS, len(shard) - at))
        np.save(folder / "distractors" / f"{number:05}.npy", shard)


def _files_read(folder: Path) -> float:
    """Return the seconds that reading all files takes when nothing is done with them."""
    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(_read, sorted(folder.iterdir())))
    return time.perf_counter() - start


def _read(path: Path) -> None:
    buffer = bytearray(1 << 22)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def _rows_multiplied() -> float:
    """Return distractors a second of the matrix product of a block that is ready in memory, the best of three."""
    rng = np.random.default_rng(3)
    queries, block = rng.standard_normal((QUERIES, DIMENSIONS)), rng.standard_normal((BLOCK_ROWS, DIMENSIONS))
    times = []
    for _ in range(3):
        start = time.perf_counter()
        queries @ block.T
        times.append(time.perf_counter() - start)
    return BLOCK_ROWS / min(times)


def _bytes_summed() -> float:
    """Return bytes a second at which memory far beyond the caches is summed, the best of three."""
    blocks = [np.ones(STREAMED // THREADS // 8, np.int64) for _ in range(THREADS)]
    times = []
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(3):
            start = time.perf_counter()
            list(pool.map(np.sum, blocks))
            times.append(time.perf_counter() - start)
    return STREAMED / min(times)

"""How the cost of a search by global descriptor grows with the collection, for descriptors of two lengths."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.chart import log_chart
from benchmarks.million_photos import path_of
from benchmarks.report import Section
from benchmarks.synthetic import Descriptors
from glocal.arrays import FloatArray
from glocal.collection.catalog import Catalog, FileState, create_catalog
from glocal.collection.catalog.stored_features import DESCRIPTOR_TYPE, StoredFeatures
from glocal.collection.index import GlobalIndex

DIMENSIONS = (512, 2048)
TOP = 100
NAMES = {"exact": 1 << 62, "approximate": 0}
"""Way to search to the `exact_bytes` that choose it."""


@dataclass(frozen=True)
class Cost:
    """One way to search at one size: milliseconds, of each of several queries, and recall against the exact way."""

    dimensions: int
    name: str
    photos: int
    milliseconds: float
    recall: float


def run(folder: Path, sizes: Sequence[int], queries: int, chart: Path) -> Section:
    """Grow a catalog of global descriptors alone through the sizes, searching it at each.

    Args:
        folder: where the catalogs are made; deleted at the end.
        sizes: numbers of photos, ascending.
        queries: per size.
        chart: SVG file to write.
    """
    costs = [cost for dimensions in DIMENSIONS for cost in _costs(folder, dimensions, sizes, queries)]
    lines = {
        f"{name}, {dimensions} dimensions": [
            (cost.photos, cost.milliseconds) for cost in costs if (cost.dimensions, cost.name) == (dimensions, name)
        ]
        for dimensions in DIMENSIONS
        for name in NAMES
    }
    chart.write_text(log_chart(lines, "photos", "ms a search by global descriptor"), "utf-8")
    return Section(
        title="Cost against size",
        header=("dimensions", "photos", "search", "ms a query", f"recall@{TOP}"),
        rows=tuple(
            (f"{cost.dimensions}", f"{cost.photos}", cost.name, f"{cost.milliseconds:.2f}", f"{cost.recall:.4f}")
            for cost in costs
        ),
        targets=(),
        notes=(
            (
                f"Median of {queries} queries, one at a time, from a catalog on disk, the exact scoring of the answer "
                f"included; recall against the exact search. Drawn in {chart.name}."
            ),
        ),
    )


def _costs(folder: Path, dimensions: int, sizes: Sequence[int], queries: int) -> Iterator[Cost]:
    place = folder / f"growth-{dimensions}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    create_catalog(place / "catalog.sqlite", {})
    catalog = Catalog(place / "catalog.sqlite")
    stream = Descriptors.of(sizes[-1], dimensions)
    asked, _ = stream.queries(queries)
    blocks = stream.blocks(sizes[-1])
    waiting = np.empty((0, dimensions), np.float32)
    stored = 0
    for size in sizes:
        while stored < size:
            if not len(waiting):
                waiting, _ = next(blocks)
            fitting = waiting[: size - stored]
            _store(catalog, fitting, stored)
            stored, waiting = stored + len(fitting), waiting[len(fitting) :]
        yield from _searched(catalog, dimensions, size, asked)
    catalog.close()
    shutil.rmtree(place)


def _searched(catalog: Catalog, dimensions: int, size: int, queries: FloatArray) -> Iterator[Cost]:
    right: list[set[int]] = []
    for name, exact_bytes in NAMES.items():
        index = GlobalIndex(catalog.path.with_name(f"{name}.index"), dimensions, exact_bytes=exact_bytes)
        found, seconds = [], []
        for query in np.concatenate([queries[:1], queries]):  # the first brings the index up to date
            began = time.perf_counter()
            with catalog.snapshot() as snapshot:
                (answer,) = index.nearest(snapshot, query[None], TOP)
            seconds.append(time.perf_counter() - began)
            found.append({photo for photo, _ in answer})
        right = right or found
        recall = np.mean([len(a & b) / len(b) for a, b in zip(found, right, strict=True)])
        yield Cost(dimensions, name, size, 1000 * float(np.median(seconds[1:])), float(recall))


def _store(catalog: Catalog, vectors: FloatArray, first: int) -> None:
    with catalog.change() as change:
        for number, vector in enumerate(vectors, first):
            stored = StoredFeatures((640, 480), vector.astype(DESCRIPTOR_TYPE).tobytes(), b"")
            change.put(path_of(number), FileState(1, 1, number.to_bytes(32, "big")), stored)

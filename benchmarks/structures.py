"""Structures for nearest neighbours, side by side: ours and those of FAISS, against the exact float32 ranking."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Section
from benchmarks.synthetic import BLOCK, Descriptors
from glocal.arrays import FloatArray
from glocal.collection.catalog import Commit, Snapshot
from glocal.collection.index.index_state import Base, IndexState
from glocal.collection.index.int8_codes import Codes, Ids
from glocal.collection.index.nearest import nearest
from glocal.collection.index.sketches import Sketches

TOP = 100
TRAINING = 100_000
HNSW_PHOTOS = 100_000
"""Building HNSW takes many times as long as all others, so that beyond these it must be asked for."""
PRODUCT = faiss.METRIC_INNER_PRODUCT

Search = Callable[[FloatArray], NDArray[np.int64]]
"""One query [D] to the ids of the nearest."""


@dataclass(frozen=True)
class Structure:
    """One way to search.

    Attributes:
        name: shown.
        build: makes it from vectors [n, D]; returns its bytes and its searches by setting.
    """

    name: str
    build: Callable[[FloatArray], tuple[int, dict[str, Search]]]


class InMemory(Snapshot):
    """Descriptors in memory in place of the catalog's, whose reading is not what is compared here."""

    def __init__(self, vectors: FloatArray) -> None:
        self._vectors = vectors

    def descriptors(self, ids: Any) -> tuple[Ids, FloatArray]:
        rows = np.sort(np.array(ids, np.int64))
        return rows, self._vectors[rows]


def run(sizes: tuple[int, ...], dimensions: int, queries: int, *, slow: bool) -> Section:
    """Build and search all structures at every size.

    Args:
        sizes: numbers of photos.
        dimensions: D.
        queries: searches timed, one at a time.
        slow: HNSW at every size.
    """
    rows = [row for size in sizes for row in _rows(size, dimensions, queries, slow=slow)]
    return Section(
        title=f"Structures at {dimensions} dimensions",
        header=("structure", "photos", "build s", "bytes a photo", "ms a query", f"recall@{TOP}"),
        rows=tuple(rows),
        targets=(),
        notes=(
            (
                "Made-up descriptors that lie like those of real photos (benchmarks/synthetic.py), queries of the "
                f"same things; recall: share of the {TOP} nearest by float32. Median of {queries} queries, one at a "
                "time; all on as many threads as there are cores, where they use them for one query."
            ),
            (
                "Ours score their answer from exact descriptors in memory here, from the catalog in real searches. "
                "Those of FAISS that are coarser than 8 bits are given ten times as many candidates and re-scored from "
                "float32, in NumPy."
            ),
        ),
    )


def _rows(size: int, dimensions: int, queries: int, *, slow: bool) -> Iterator[tuple[str, ...]]:
    stream = Descriptors.of(size, dimensions)
    vectors = np.concatenate([block for block, _ in stream.blocks(size)])
    asked, _ = stream.queries(queries)
    right = _right(vectors, asked)
    for structure in _structures(size, slow=slow):
        began = time.perf_counter()
        held, searches = structure.build(vectors)
        built = time.perf_counter() - began
        for setting, search in searches.items():
            found, milliseconds = _timed(search, asked)
            recall = np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found, right, strict=True)])
            name = f"{structure.name} {setting}".strip()
            yield name, f"{size}", f"{built:.1f}", f"{held / size:.0f}", f"{milliseconds:.2f}", f"{recall:.4f}"


def _right(vectors: FloatArray, queries: FloatArray) -> list[list[int]]:
    similarities = np.concatenate([vectors[i : i + BLOCK] @ queries.T for i in range(0, len(vectors), BLOCK)])
    count = min(TOP, len(vectors))
    return [np.argsort(-column, kind="stable")[:count].tolist() for column in similarities.T]


def _timed(search: Search, queries: FloatArray) -> tuple[list[list[int]], float]:
    search(queries[0])
    found, seconds = [], []
    for query in queries:
        began = time.perf_counter()
        ids = search(query)
        seconds.append(time.perf_counter() - began)
        found.append(ids.tolist())
    return found, 1000 * float(np.median(seconds))


def _structures(size: int, *, slow: bool) -> list[Structure]:
    lists = int(4 * np.sqrt(size))
    probes = [max(1, lists // share) for share in (64, 16, 4)]
    made = [
        Structure("ours: 8-bit codes", partial(_ours, sketched=False)),
        Structure("ours: sketches, codes", partial(_ours, sketched=True)),
        Structure("FAISS Flat", partial(_faiss, "Flat")),
        Structure("FAISS SQ8", partial(_faiss, "SQ8")),
        Structure("FAISS RaBitQ fast scan", partial(_faiss, "RR{d},RaBitQfs", rescored=True)),
        Structure("FAISS IVF, SQ8", partial(_faiss, f"IVF{lists},SQ8", probes=probes)),
        Structure("FAISS IVF, PQ fast scan", partial(_faiss, f"IVF{lists},PQ{{q}}x4fs", probes=probes, rescored=True)),
        Structure("FAISS IVF, RaBitQ fast scan", partial(_faiss, f"IVF{lists},RaBitQfs", probes=probes, rescored=True)),
    ]
    hnsw = Structure("FAISS HNSW, SQ8", partial(_faiss, "HNSW32,SQ8", depths=[200, 1000]))
    return [*made, hnsw] if slow or size <= HNSW_PHOTOS else made


def _ours(vectors: FloatArray, *, sketched: bool) -> tuple[int, dict[str, Search]]:
    parts = [
        Codes.of(np.arange(first, min(first + BLOCK, len(vectors))), vectors[first : first + BLOCK])
        for first in range(0, len(vectors), BLOCK)
    ]
    sketches = Sketches.joined([Sketches.of(part) for part in parts]) if sketched else None
    codes = Codes.joined(parts)
    held = IndexState.fresh(Commit(1, b""), Base(codes, sketches))
    size = codes.values.nbytes + codes.ids.nbytes + codes.steps.nbytes + codes.errors.nbytes
    if sketches is not None:
        size += sketches.bits.nbytes + sketches.factors.nbytes
    snapshot = InMemory(vectors)
    return size, {"": lambda query: np.array([photo for photo, _ in nearest(snapshot, held, query, TOP)])}


def _faiss(
    kind: str,
    vectors: FloatArray,
    *,
    rescored: bool = False,
    probes: list[int] | None = None,
    depths: list[int] | None = None,
) -> tuple[int, dict[str, Search]]:
    dimensions = vectors.shape[1]
    index = faiss.index_factory(dimensions, kind.format(d=dimensions, q=dimensions // 4), PRODUCT)
    index.train(vectors[:TRAINING])
    index.add(vectors)
    size = len(faiss.serialize_index(index))
    count = 10 * TOP if rescored else TOP

    def search(parameter: str, value: int, query: FloatArray) -> NDArray[np.int64]:
        if parameter:
            faiss.ParameterSpace().set_index_parameter(index, parameter, value)
        _, (found,) = index.search(query[None], min(count, len(vectors)))
        ids: NDArray[np.int64] = found[found >= 0]
        return ids[np.argsort(-(vectors[ids] @ query), kind="stable")[:TOP]] if rescored else ids

    settings = [("nprobe", probe) for probe in probes or []] or [("efSearch", depth) for depth in depths or []]
    return size, {f"({name} {value})": partial(search, name, value) for name, value in settings} or {
        "": partial(search, "", 0)
    }

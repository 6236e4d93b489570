"""Evaluate global descriptors that were computed elsewhere, with any number of distractors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.evaluation.datasets import Annotations
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.exchange import is_exchange, read_descriptors
from glocal.evaluation.features import DescriptorFile, check_rows, open_descriptors
from glocal.evaluation.ranking import rank
from glocal.evaluation.result import Evaluation
from glocal.evaluation.runs.protocols import protocol_results
from glocal.evaluation.setting import environment
from glocal.evaluation.similarity import on_grid
from glocal.evaluation.stopwatch import Stopwatch


def evaluate_descriptors(
    annotations: Annotations,
    query: Path,
    database: Path,
    *,
    distractors: Path | None = None,
    benchmark: str = "features",
    setting: dict[str, Any] | None = None,
) -> Evaluation:
    """Evaluate descriptors in `.npy` files, or files of other codes, under every protocol of a set.

    All files are checked before anything is computed; distractors are read in blocks, and a block with
    a value that is not finite stops the run, naming its first row.

    Args:
        annotations: Q queries over N photos.
        query: `.npy` file of [Q, D] floats, rows of length 1; or, of photos by name and of any length, an HDF5 file or
            a folder of `.delg_global` files.
        database: the same, or folder of shards, of [N, D] floats in the order of the annotations.
        distractors: the same for photos that are wrong for every query.
        benchmark: name of the set, as in the table of published results.
        setting: what else to note.

    Raises:
        EvaluationError: files that are missing, truncated, of wrong counts or dimensions, or not finite.
    """
    watch = Stopwatch()
    with watch.stage("read descriptors") as costs:
        queries = _read(query, [one.name for one in annotations.queries], None, "queries")
        core = _read(database, annotations.photos, queries.shape[1], "database photos")
        extra = () if distractors is None else open_descriptors(distractors)
        if extra:
            check_rows(extra, sum(file.rows for file in extra), queries.shape[1], "distractors")
        costs.items = len(queries) + len(core)
    with watch.stage("rank") as costs:
        ranked = rank(queries, core, _blocks(extra), depth=1)
        costs.items = len(queries)
        costs.bytes = core.nbytes + sum(file.rows * file.dimensions * file.dtype.itemsize for file in extra)
    noted = {
        "model": "descriptors computed elsewhere",
        "dimensions": queries.shape[1],
        "dtype": core.dtype.name,
        "photos": len(core),
        "queries": len(queries),
        "distractors": sum(file.rows for file in extra),
        **(setting or {}),
        **environment(),
    }
    return Evaluation(benchmark, protocol_results(annotations, ranked, {}), noted, tuple(watch.stages))


def _read(path: Path, names: Sequence[str], dimensions: int | None, what: str) -> NDArray[np.floating]:
    """Read all rows, by the names of their photos where files have names; their values are checked as well."""
    if is_exchange(path):
        rows: NDArray[np.floating] = read_descriptors(path, names)
        if dimensions not in (None, rows.shape[1]):
            raise EvaluationError(f"{path}: {rows.shape[1]} dimensions, but the queries have {dimensions}")
    else:
        files = open_descriptors(path)
        check_rows(files, len(names), dimensions, what)
        try:
            rows = np.concatenate([file.read() for file in files])
        except MemoryError:
            raise EvaluationError(f"{path}: too large for memory") from None
    on_grid(rows, str(path))
    return rows


def _blocks(files: Sequence[DescriptorFile]) -> Iterator[NDArray[np.floating]]:
    for file in files:
        yield from file.blocks()

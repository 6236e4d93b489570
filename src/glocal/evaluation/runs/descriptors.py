"""Evaluate global descriptors that were computed elsewhere, with any number of distractors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.evaluation.datasets import Annotations
from glocal.evaluation.errors import EvaluationError
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
    """Evaluate descriptors in `.npy` files under every protocol of a set.

    All files are checked before anything is computed; distractors are read in blocks, and a block with
    a value that is not finite stops the run, naming its first row.

    Args:
        annotations: Q queries over N photos.
        query: `.npy` file of [Q, D] floats, rows of length 1.
        database: `.npy` file, or folder of shards, of [N, D] floats in the order of the annotations.
        distractors: the same for photos that are wrong for every query.
        benchmark: name of the set, as in the table of published results.
        setting: what else to note.

    Raises:
        EvaluationError: files that are missing, truncated, of wrong counts or dimensions, or not finite.
    """
    watch = Stopwatch()
    with watch.stage("read descriptors") as costs:
        files = open_descriptors(database)
        queries = _read(open_descriptors(query), len(annotations.queries), None, "queries")
        core = _read(files, len(annotations.photos), queries.shape[1], "database photos")
        extra = () if distractors is None else open_descriptors(distractors)
        if extra:
            check_rows(extra, sum(file.rows for file in extra), queries.shape[1], "distractors")
        costs.items = len(queries) + len(core)
    with watch.stage("rank") as costs:
        ranked = rank(queries, core, _blocks(extra), depth=1)
        costs.items = len(queries)
        costs.bytes = sum(file.rows * file.dimensions * file.dtype.itemsize for file in (*files, *extra))
    added = sum(file.rows for file in extra)
    return Evaluation(
        benchmark,
        protocol_results(annotations, ranked, {}),
        {
            "model": "descriptors computed elsewhere",
            "dimensions": queries.shape[1],
            "dtype": files[0].dtype.name,
            "photos": len(core),
            "queries": len(queries),
            "distractors": added,
            **(setting or {}),
            **environment(),
        },
        tuple(watch.stages),
    )


def _read(files: Sequence[DescriptorFile], photos: int, dimensions: int | None, what: str) -> NDArray[np.floating]:
    """Read all rows of checked files; their values are checked as well."""
    check_rows(tuple(files), photos, dimensions, what)
    try:
        rows = np.concatenate([file.read() for file in files])
    except MemoryError:
        raise EvaluationError(f"{files[0].path}: too large for memory") from None
    on_grid(rows, str(files[0].path))
    return rows


def _blocks(files: Sequence[DescriptorFile]) -> Iterator[NDArray[np.floating]]:
    for file in files:
        yield from file.blocks()

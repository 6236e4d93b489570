"""Features in Parquet, a row for each photo: for pandas, Polars, DuckDB, Spark and the loaders of training codes.

The columns are `name`, `width`, `height` (of the photo in pixels; 0: unknown), `global_descriptor` [D], and of the N
local features `keypoints` [N, 2] (x, y), `scales` [N], `scores` [N] and `descriptors` [N, C]: lists of float32.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from glocal.arrays import FloatArray
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.exchange.float_features import PhotoFeatures
from glocal.files import publish, unfinished

_ROWS = 64
"""Photos in memory at a time, and in a row group: some 16 MB of local descriptors."""


def write_parquet(path: Path, photos: Iterator[tuple[str, PhotoFeatures]]) -> int:
    """Write a file of photos by name, whole or not at all; return how many.

    Raises:
        EvaluationError: pyarrow is not installed.
    """
    pa, parquet = _pyarrow()
    numbers = pa.list_(pa.float32())
    columns = {
        "name": pa.string(),
        "width": pa.int32(),
        "height": pa.int32(),
        "global_descriptor": numbers,
        "keypoints": pa.list_(numbers),
        "scales": numbers,
        "scores": numbers,
        "descriptors": pa.list_(numbers),
    }
    schema, count = pa.schema(columns), 0
    with unfinished(path) as draft:
        with parquet.ParquetWriter(draft, schema) as writer:
            while rows := list(islice(photos, _ROWS)):
                writer.write_table(pa.table(_columns(pa, rows), schema=schema))
                count += len(rows)
        publish(draft, path)
    return count


def _columns(pa: Any, rows: Sequence[tuple[str, PhotoFeatures]]) -> dict[str, Any]:
    """Return the columns of some photos as arrays of Arrow."""
    features = [one for _, one in rows]
    sizes = [one.image_size or (0, 0) for one in features]
    return {
        "name": pa.array([name.encode("utf-8", "backslashreplace").decode() for name, _ in rows]),
        "width": pa.array([width for width, _ in sizes], pa.int32()),
        "height": pa.array([height for _, height in sizes], pa.int32()),
        "global_descriptor": pa.array([one.global_descriptor for one in features], pa.list_(pa.float32())),
        "keypoints": _lists(pa, [one.keypoints for one in features]),
        "scales": _lists(pa, [one.scales for one in features]),
        "scores": _lists(pa, [one.scores for one in features]),
        "descriptors": _lists(pa, [one.descriptors for one in features]),
    }


def _lists(pa: Any, arrays: Sequence[FloatArray]) -> Any:
    """Return arrays [N] or [N, C] as a list each: of numbers, or of lists of C numbers."""
    values = pa.array(np.concatenate([one.ravel() for one in arrays]).astype(np.float32))
    if arrays[0].ndim == 2:
        lengths = [one.shape[1] for one in arrays for _ in one]
        values = pa.ListArray.from_arrays(_starts(lengths), values)
    return pa.ListArray.from_arrays(_starts([len(one) for one in arrays]), values)


def _starts(lengths: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int32)


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise EvaluationError("Parquet files need pyarrow; install it with: pip install 'glocal[parquet]'") from error
    return pa, parquet

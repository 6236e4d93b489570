"""Read annotations from the published pickles, or from JSON of the same form, without running foreign code.

    {"imlist": ["photo", ...], "qimlist": ["query", ...],
     "gnd": [{"bbx": [x1, y1, x2, y2], "easy": [0, ...], "hard": [...], "junk": [...]}, ...]}

`bbx` may be missing or null: the whole photo is then the query. `ok` may stand for `easy`, as in sets that
have one kind of positive. Photos are named without or with a suffix.
"""

from __future__ import annotations

import io
import json
import pickle
import pickletools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from glocal.evaluation.datasets.annotations import Annotations, Query
from glocal.evaluation.errors import EvaluationError

_NUMPY = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
    ("_codecs", "encode"),
}
"""All that NumPy needs to rebuild arrays of numbers; `_codecs.encode` turns text of Python 2 into bytes."""


def load_annotations(path: str | Path) -> Annotations:
    """Read and check annotations.

    Args:
        path: a `.pkl` as published with revisited Oxford and Paris, or a `.json` of the same form.

    Returns:
        The annotations.

    Raises:
        EvaluationError: the file is missing, damaged, dangerous or contradicts itself.
    """
    file = Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise EvaluationError(f"{file}: annotations cannot be read ({error.strerror})") from None
    parsed = _parse_json(file, content) if file.suffix == ".json" else _unpickle(file, content)
    try:
        return _annotations(parsed)
    except EvaluationError as error:
        raise EvaluationError(f"{file}: {error}") from None
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        reason = f"misses {error}" if isinstance(error, KeyError) else str(error)
        raise EvaluationError(f"{file}: not annotations of the revisited form ({reason})") from None


class _ArraysOnly(pickle.Unpickler):
    """An unpickler that builds plain values and NumPy arrays, and refuses every other name."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        if (module_name, global_name) not in _NUMPY:
            raise EvaluationError(
                f"the pickle asks for {module_name}.{global_name}; annotations never do, so do not trust it"
            )
        return super().find_class(module_name, global_name)


def _require_small_memory(content: bytes) -> None:
    """Refuse a pickle that numbers a value beyond its own length: a few bytes would take gigabytes."""
    for operation, argument, _ in pickletools.genops(content):
        if operation.name.endswith("PUT") and argument is not None and int(argument) > len(content):
            raise EvaluationError(f"the pickle numbers a value {argument}; annotations never do, so do not trust it")


def _unpickle(file: Path, content: bytes) -> object:
    try:
        _require_small_memory(content)
        return _ArraysOnly(io.BytesIO(content), encoding="latin1").load()
    except EvaluationError as error:
        raise EvaluationError(f"{file}: {error}") from None
    except Exception as error:  # noqa: BLE001 - a damaged pickle may raise nearly anything
        raise EvaluationError(f"{file}: the pickle is damaged ({error}); fetch it again") from None


def _parse_json(file: Path, content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError as error:
        raise EvaluationError(f"{file}: not valid JSON ({error})") from None


def _annotations(parsed: object) -> Annotations:
    """Turn the parsed file into checked annotations."""
    if not isinstance(parsed, Mapping):
        raise TypeError("no mapping at the top")
    names, truths = list(parsed["qimlist"]), list(parsed["gnd"])
    if len(names) != len(truths):
        raise EvaluationError(f"{len(names)} query names but {len(truths)} annotated queries")
    queries = tuple(_query(str(name), truth) for name, truth in zip(names, truths, strict=True))
    return Annotations(tuple(str(name) for name in parsed["imlist"]), queries)


def _query(name: str, truth: Mapping[str, Any]) -> Query:
    """Build one query; `ok` stands for `easy` where a set has one kind of positive."""
    if "easy" not in truth and "ok" not in truth:
        raise EvaluationError(f"query {name} has neither easy nor ok")
    box = truth.get("bbx")
    return Query(
        name=name,
        box=None if box is None or len(box) == 0 else _box(name, box),
        easy=_rows(truth["easy"] if "easy" in truth else truth["ok"]),
        hard=_rows(truth.get("hard", ())),
        junk=_rows(truth.get("junk", ())),
    )


def _box(name: str, box: Any) -> tuple[float, float, float, float]:
    corners = [float(value) for value in np.asarray(box, np.float64).reshape(-1)]
    if len(corners) != 4:
        raise EvaluationError(f"query {name}: box of {len(corners)} numbers instead of 4")
    return corners[0], corners[1], corners[2], corners[3]


def _rows(values: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return row numbers, refusing what is not whole."""
    array = np.asarray(values).reshape(-1)
    with np.errstate(invalid="ignore"):  # of NaN, which equals nothing
        rows = array.astype(np.int64)
    if array.size and not np.array_equal(rows, array):
        raise ValueError("labels must be whole numbers")
    return rows

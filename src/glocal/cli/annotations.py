"""Metadata of photos in files: CSV with a column `path`, or JSON lines."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glocal.errors import GlocalError
from glocal.images import describe

STANDARD_INPUT = Path("-")


def read_annotations(file: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield photos with the keys to set, None to remove one, as `Collection.update_metadata` takes them.

    Args:
        file: of JSON lines such as {"path": "a.jpg", "metadata": {"place": "Bern"}}, as `glocal annotate` shows them;
            or CSV, whose column `path` names photos and whose other columns are keys; an empty cell changes nothing.

    Raises:
        GlocalError: it is neither.
        OSError: it cannot be read.
    """
    data = sys.stdin.buffer.read() if file == STANDARD_INPUT else file.read_bytes()
    text = data.decode("utf-8-sig", "surrogateescape")  # names of files may be in any encoding
    if text.lstrip().startswith("{"):
        return _of_json_lines(text, describe(file))
    return _of_csv(text, describe(file))


def value_of(text: str) -> Any:
    """Return what a person wrote as JSON: a number, true, false, a list, an object; any other text is text."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except ValueError:
        return text


def _of_json_lines(text: str, name: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            path, metadata = value["path"], value["metadata"]
        except (ValueError, KeyError, TypeError):
            path = metadata = None
        if not isinstance(path, str) or not isinstance(metadata, dict):
            raise GlocalError(f'{name}, line {number}: give {{"path": "a.jpg", "metadata": {{"place": "Bern"}}}}')
        yield Path(path), metadata


def _of_csv(text: str, name: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if "path" not in (rows.fieldnames or ()):
        raise GlocalError(
            f"{name}: is neither CSV with a column path nor JSON lines; name the columns in the first line"
        )
    for row in rows:
        if not row["path"] or None in row or None in row.values():
            raise GlocalError(f"{name}, line {rows.line_num}: has other columns than the first line")
        yield Path(row.pop("path")), {key: value_of(value) for key, value in row.items() if value}


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and infinities are text

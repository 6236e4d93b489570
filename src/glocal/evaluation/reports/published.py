"""Published results on revisited Oxford and Paris, each with its source and what to beware of."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Published:
    """One published row.

    Attributes:
        method: what was measured.
        source: where the numbers stand.
        caveat: why they may not compare, or "".
        scores: (benchmark, protocol) to mAP in percent; benchmark "roxford5k", "roxford5k+1m", "rparis6k",
            "rparis6k+1m"; protocol "medium" or "hard".
    """

    method: str
    source: str
    caveat: str
    scores: dict[tuple[str, str], float]


@cache
def published() -> tuple[Published, ...]:
    """Return all published rows."""
    text = files("glocal.evaluation").joinpath("published.csv").read_text("utf-8")
    rows = []
    for row in csv.DictReader(text.splitlines()):
        numbers = {name: float(value) for name, value in row.items() if "_" in name}
        rows.append(
            Published(
                row["method"],
                row["source"],
                row["caveat"],
                {(name.split("_")[0], name.split("_")[1]): value for name, value in numbers.items()},
            )
        )
    return tuple(rows)

"""A table of results as a picture: rows below each other, one panel a measure, one dot a seed, a line at the mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean

from glocal import svg
from glocal.training.ablation.results import Results, Values, values_of
from glocal.training.ablation.rows import Ablation

_NAMES, _PANEL, _GAP, _ROW, _TOP, _BOTTOM = 250, 240, 30, 28, 34, 30
_COLOUR, _REFERENCE = svg.COLOURS[0], svg.COLOURS[2]

Panel = tuple[str, list[Values]]
"""Heading, and by row the values by seed, in percent."""


def draw(table: Ablation, results: Results, sets: Sequence[str]) -> str:
    """Return an SVG document of the table's first measure on each set, and of the sparsity of the local map."""
    first = table.columns[0]
    groups = [(f"{first.heading}, {name}", name, first.key) for name in sets]
    groups.append(("zeros in the local map", "sparsity", "local"))
    panels: list[Panel] = [
        (
            heading,
            [
                {seed: 100 * value for seed, value in values_of(by_seed, group, key).items()}
                for by_seed in results.values()
            ],
        )
        for heading, group, key in groups
    ]
    width = _NAMES + len(panels) * (_PANEL + _GAP)
    height = _TOP + len(results) * _ROW + _BOTTOM
    marked = list(results).index(table.reference)
    parts = [svg.text(_NAMES - 12, _middle(place) + 4, row.name, anchor="end") for place, row in enumerate(results)]
    for place, panel in enumerate(panels):
        parts += _panel(panel, _NAMES + place * (_PANEL + _GAP), len(results), marked)
    return svg.picture(parts, width=width, height=height) + "\n"


def _panel(panel: Panel, left: int, rows: int, marked: int) -> Iterator[str]:
    heading, by_row = panel
    every = [value for values in by_row for value in values.values()]
    low, high = (min(every), max(every)) if every else (0.0, 100.0)
    margin = max(0.1 * (high - low), 0.5)
    low, high = max(0.0, low - margin), min(100.0, high + margin)
    bottom = _TOP + rows * _ROW

    def across(value: float) -> float:
        return left + _PANEL * (value - low) / (high - low)

    yield svg.text(left + _PANEL / 2, 18, heading, anchor="middle")
    yield svg.stroke(f"M{left} {_TOP}H{left + _PANEL}V{bottom}H{left}Z")
    yield svg.text(left, bottom + 18, f"{low:.1f}")
    yield svg.text(left + _PANEL, bottom + 18, f"{high:.1f} %", anchor="end")
    for place, values in enumerate(by_row):
        colour = _REFERENCE if place == marked else _COLOUR
        y = _middle(place)
        for value in values.values():
            yield svg.dot(across(value), y, colour, opacity=0.6)
        if values:
            x = across(mean(values.values()))
            yield svg.line([(x, y - 9), (x, y + 9)], colour)


def _middle(place: int) -> int:
    """Return the height at which a row is drawn."""
    return _TOP + place * _ROW + _ROW // 2

"""A table of results as a picture: rows below each other, one panel a measure, one dot a seed, a line at the mean."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from statistics import mean

from glocal.training.ablation.results import Results, Values, values_of
from glocal.training.ablation.rows import Ablation

_NAMES, _PANEL, _GAP, _ROW, _TOP, _BOTTOM = 250, 240, 30, 28, 34, 30
_COLOUR, _REFERENCE = "#2456a6", "#c0392b"

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
    names = "".join(
        f'<text x="{_NAMES - 12}" y="{_middle(place) + 4}" text-anchor="end">{escape(row.name)}</text>'
        for place, row in enumerate(results)
    )
    marked = list(results).index(table.reference)
    drawn = "".join(
        _panel(panel, _NAMES + place * (_PANEL + _GAP), len(results), marked) for place, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' font-size="13" font-family="sans-serif">'
        f'<rect width="100%" height="100%" fill="white"/>{names}{drawn}</svg>\n'
    )


def _panel(panel: Panel, left: int, rows: int, marked: int) -> str:
    heading, by_row = panel
    every = [value for values in by_row for value in values.values()]
    low, high = (min(every), max(every)) if every else (0.0, 100.0)
    margin = max(0.1 * (high - low), 0.5)
    low, high = max(0.0, low - margin), min(100.0, high + margin)
    bottom = _TOP + rows * _ROW

    def across(value: float) -> float:
        return left + _PANEL * (value - low) / (high - low)

    parts = [
        f'<text x="{left + _PANEL / 2}" y="18" text-anchor="middle" font-weight="bold">{escape(heading)}</text>',
        f'<rect x="{left}" y="{_TOP}" width="{_PANEL}" height="{bottom - _TOP}" fill="none" stroke="#ccc"/>',
        f'<text x="{left}" y="{bottom + 18}">{low:.1f}</text>',
        f'<text x="{left + _PANEL}" y="{bottom + 18}" text-anchor="end">{high:.1f} %</text>',
    ]
    for place, values in enumerate(by_row):
        colour = _REFERENCE if place == marked else _COLOUR
        y = _middle(place)
        parts += [
            f'<circle cx="{across(value):.1f}" cy="{y}" r="3.5" fill="{colour}" fill-opacity="0.6"/>'
            for value in values.values()
        ]
        if values:
            x = across(mean(values.values()))
            parts.append(f'<path d="M{x:.1f} {y - 9}v18" stroke="{colour}" stroke-width="2"/>')
    return "".join(parts)


def _middle(place: int) -> int:
    """Return the height at which a row is drawn."""
    return _TOP + place * _ROW + _ROW // 2

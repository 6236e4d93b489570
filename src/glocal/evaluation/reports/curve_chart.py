"""A precision-recall chart as inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_COLOURS = ("#2456a6", "#2a8a3e", "#c0392b", "#8e44ad")
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 460, 320, 50, 40


def curve_chart(curves: Mapping[str, Sequence[float]]) -> str:
    """Draw precision over recall.

    Args:
        curves: name to precisions in [0, 1] at evenly spaced recalls from 0 to 1.

    Returns:
        An `<svg>` element.
    """
    grid = "".join(_tick(step / 5) for step in range(6))
    lines = "".join(
        f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{_points(values)}"/>'
        f'<text x="{_LEFT + 12}" y="{_HEIGHT - 14 - 18 * number}" fill="{colour}">{escape(name)}</text>'
        for number, (name, values, colour) in enumerate(_coloured(curves))
    )
    labels = (
        f'<text x="{_LEFT + _WIDTH / 2}" y="{_HEIGHT + _BOTTOM}" text-anchor="middle">recall</text>'
        f'<text x="14" y="{_HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 14 {_HEIGHT / 2})">precision</text>'
    )
    box = f"0 -10 {_LEFT + _WIDTH + 20} {_HEIGHT + _BOTTOM + 20}"
    return f'<svg viewBox="{box}" font-size="13" font-family="sans-serif">{grid}{lines}{labels}</svg>'


def _coloured(curves: Mapping[str, Sequence[float]]) -> list[tuple[str, Sequence[float], str]]:
    return [(name, values, _COLOURS[i % len(_COLOURS)]) for i, (name, values) in enumerate(curves.items())]


def _points(values: Sequence[float]) -> str:
    last = max(len(values) - 1, 1)
    return " ".join(
        f"{_LEFT + _WIDTH * index / last:.1f},{_HEIGHT * (1 - value):.1f}" for index, value in enumerate(values)
    )


def _tick(share: float) -> str:
    """Draw one grid line each way, with its number."""
    x, y = _LEFT + _WIDTH * share, _HEIGHT * (1 - share)
    return (
        f'<path d="M{_LEFT} {y:.0f}H{_LEFT + _WIDTH}M{x:.0f} 0V{_HEIGHT}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{share:.1f}</text>'
        f'<text x="{x:.0f}" y="{_HEIGHT + 18}" text-anchor="middle">{share:.1f}</text>'
    )

"""A chart with two logarithmic axes as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10

_COLOURS = ("#2456a6", "#2a8a3e", "#c0392b", "#8e44ad")
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 460, 320, 60, 44


def log_chart(lines: Mapping[str, Sequence[tuple[float, float]]], across: str, up: str) -> str:
    """Draw lines through points (x, y), all positive.

    Args:
        lines: name to points.
        across, up: what the axes show.
    """
    points = [point for line in lines.values() for point in line]
    (left, right), (low, high) = (_decades([point[axis] for point in points]) for axis in (0, 1))

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + _WIDTH * (log10(x) - left) / (right - left), _HEIGHT * (high - log10(y)) / (high - low)

    parts = [_tick_across(*place(10.0**n, 10.0**low), n) for n in range(left, right + 1)]
    parts += [_tick_up(*place(10.0**left, 10.0**n), n) for n in range(low, high + 1)]
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in line)
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path}"/>')
        parts.append(f'<text x="{_LEFT + 12}" y="{18 + 18 * number}" fill="{colour}">{escape(name)}</text>')
    middle = _HEIGHT / 2
    parts.append(
        f'<text x="{_LEFT + _WIDTH / 2}" y="{_HEIGHT + _BOTTOM}" text-anchor="middle">{escape(across)}</text>'
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{escape(up)}</text>'
    )
    box = f"0 -10 {_LEFT + _WIDTH + 20} {_HEIGHT + _BOTTOM + 20}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" font-size="13" font-family="sans-serif">'
        f"{''.join(parts)}</svg>\n"
    )


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def _tick_across(x: float, y: float, power: int) -> str:
    return (
        f'<path d="M{x:.0f} 0V{y:.0f}" stroke="#ddd"/>'
        f'<text x="{x:.0f}" y="{y + 18:.0f}" text-anchor="middle">{10**power:,}</text>'
    )


def _tick_up(x: float, y: float, power: int) -> str:
    return (
        f'<path d="M{x:.0f} {y:.0f}H{_LEFT + _WIDTH}" stroke="#ddd"/>'
        f'<text x="{x - 6:.0f}" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g}</text>'
    )

"""A chart with two logarithmic axes as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10

from glocal import svg

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

    parts = [part for n in range(left, right + 1) for part in _tick_across(*place(10.0**n, 10.0**low), n)]
    parts += [part for n in range(low, high + 1) for part in _tick_up(*place(10.0**left, 10.0**n), n)]
    for number, (name, line) in enumerate(lines.items()):
        colour = svg.colour(number)
        parts.append(svg.line([place(x, y) for x, y in line], colour))
        parts.append(svg.text(_LEFT + 12, 18 + 18 * number, name, colour=colour))
    parts.append(svg.text(_LEFT + _WIDTH / 2, _HEIGHT + _BOTTOM, across, anchor="middle"))
    parts.append(svg.text(14, _HEIGHT / 2, up, anchor="middle", upwards=True))
    return svg.picture(parts, top=-10, width=_LEFT + _WIDTH + 20, height=_HEIGHT + _BOTTOM + 20) + "\n"


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def _tick_across(x: float, y: float, power: int) -> tuple[str, str]:
    return svg.stroke(f"M{x:.0f} 0V{y:.0f}"), svg.text(round(x), round(y) + 18, f"{10**power:,}", anchor="middle")


def _tick_up(x: float, y: float, power: int) -> tuple[str, str]:
    line = svg.stroke(f"M{x:.0f} {y:.0f}H{_LEFT + _WIDTH}")
    return line, svg.text(round(x) - 6, round(y) + 4, f"{10.0**power:g}", anchor="end")

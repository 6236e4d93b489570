"""A precision-recall chart as inline SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from glocal import svg

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 460, 320, 50, 40


def curve_chart(curves: Mapping[str, Sequence[float]]) -> str:
    """Draw precision over recall.

    Args:
        curves: name to precisions in [0, 1] at evenly spaced recalls from 0 to 1.

    Returns:
        An `<svg>` element.
    """
    parts = [part for step in range(6) for part in _grid(step / 5)]
    for number, (name, values) in enumerate(curves.items()):
        colour = svg.colour(number)
        parts.append(svg.line(_points(values), colour))
        parts.append(svg.text(_LEFT + 12, _HEIGHT - 14 - 18 * number, name, colour=colour))
    parts.append(svg.text(_LEFT + _WIDTH / 2, _HEIGHT + _BOTTOM, "recall", anchor="middle"))
    parts.append(svg.text(14, _HEIGHT / 2, "precision", anchor="middle", upwards=True))
    return svg.picture(parts, top=-10, width=_LEFT + _WIDTH + 20, height=_HEIGHT + _BOTTOM + 20)


def _points(values: Sequence[float]) -> Iterator[svg.Point]:
    last = max(len(values) - 1, 1)
    for index, value in enumerate(values):
        yield _LEFT + _WIDTH * index / last, _HEIGHT * (1 - value)


def _grid(share: float) -> Iterator[str]:
    """Draw one grid line each way, with its number."""
    x, y = _LEFT + _WIDTH * share, _HEIGHT * (1 - share)
    yield svg.stroke(f"M{_LEFT} {y:.0f}H{_LEFT + _WIDTH}M{x:.0f} 0V{_HEIGHT}")
    yield svg.text(_LEFT - 6, y + 4, f"{share:.1f}", anchor="end")
    yield svg.text(x, _HEIGHT + 18, f"{share:.1f}", anchor="middle")

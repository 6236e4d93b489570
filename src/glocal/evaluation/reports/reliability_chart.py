"""A reliability diagram as inline SVG: how often pairs of a probability are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from glocal.evaluation.result import ReliabilityBin

_SIDE, _LEFT, _BOTTOM = 300, 50, 40


def reliability_chart(kinds: Mapping[str, Sequence[ReliabilityBin]]) -> str:
    """Draw the part that is right over the mean probability; on the diagonal both are the same.

    Args:
        kinds: name of a kind of pairs to its bins. Kinds of which no pair is right are left out.

    Returns:
        An `<svg>` element.
    """
    drawn = {name: bins for name, bins in kinds.items() if any(one.right > 0 for one in bins)}
    lines = "".join(_line(name, bins, number) for number, (name, bins) in enumerate(drawn.items()))
    frame = (
        f'<path d="M{_LEFT} 0V{_SIDE}H{_LEFT + _SIDE}M{_LEFT} {_SIDE}L{_LEFT + _SIDE} 0" fill="none" stroke="#aaa"/>'
        f'<text x="{_LEFT + _SIDE / 2}" y="{_SIDE + 30}" text-anchor="middle">probability, 0 to 1</text>'
        f'<text x="30" y="{_SIDE / 2}" text-anchor="middle" transform="rotate(-90 30 {_SIDE / 2})">right, 0 to 1</text>'
    )
    box = f"0 -10 {_LEFT + _SIDE + 20} {_SIDE + _BOTTOM + 10}"
    return f'<svg viewBox="{box}" font-size="13" font-family="sans-serif">{frame}{lines}</svg>'


def _line(name: str, bins: Sequence[ReliabilityBin], number: int) -> str:
    points = [(_LEFT + _SIDE * one.probability, _SIDE * (1 - one.right)) for one in bins]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#2456a6"/>' for x, y in points)
    label = f'<text x="{_LEFT + 10}" y="{16 + 18 * number}" fill="#2456a6">{escape(name)}</text>'
    return f'<polyline fill="none" stroke="#2456a6" stroke-width="2" points="{path}"/>{dots}{label}'

"""A reliability diagram as inline SVG: how often pairs of a probability are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from glocal import svg
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
    parts = [
        svg.stroke(f"M{_LEFT} 0V{_SIDE}H{_LEFT + _SIDE}M{_LEFT} {_SIDE}L{_LEFT + _SIDE} 0", "#aaa"),
        svg.text(_LEFT + _SIDE / 2, _SIDE + 30, "probability, 0 to 1", anchor="middle"),
        svg.text(30, _SIDE / 2, "right, 0 to 1", anchor="middle", upwards=True),
    ]
    for number, (name, bins) in enumerate(drawn.items()):
        colour = svg.colour(number)
        points = [(_LEFT + _SIDE * one.probability, _SIDE * (1 - one.right)) for one in bins]
        parts.append(svg.line(points, colour))
        parts += [svg.dot(*point, colour) for point in points]
        parts.append(svg.text(_LEFT + 10, 16 + 18 * number, name, colour=colour))
    return svg.picture(parts, top=-10, width=_LEFT + _SIDE + 20, height=_SIDE + _BOTTOM + 10)

"""The parts of a chart as SVG (w3.org/TR/SVG11): text, lines, dots, and the picture that holds them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Literal

COLOURS = ("#2456a6", "#2a8a3e", "#c0392b", "#8e44ad")
"""Of the lines of a chart, in their order."""

Point = tuple[float, float]


def colour(number: int) -> str:
    """Return the colour of a line by its number; they begin anew after the last."""
    return COLOURS[number % len(COLOURS)]


def picture(parts: Iterable[str], *, left: float = 0, top: float = 0, width: float, height: float) -> str:
    """Return an `<svg>` element that shows what lies in a rectangle, on white; it also stands alone as a file."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {top:g} {width:g} {height:g}"'
        f' font-size="13" font-family="sans-serif"><rect x="{left:g}" y="{top:g}" width="100%" height="100%"'
        f' fill="white"/>{"".join(parts)}</svg>'
    )


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: Literal["start", "middle", "end"] = "start",
    colour: str = "black",
    upwards: bool = False,
) -> str:
    """Return words whose start, middle or end is at a point; upwards, they run along an axis on the left."""
    turned = f' transform="rotate(-90 {x:g} {y:g})"' if upwards else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{colour}"{turned}>{escape(words)}</text>'


def line(points: Iterable[Point], colour: str) -> str:
    """Return straight lines from point to point."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path}"/>'


def dot(x: float, y: float, colour: str, *, opacity: float = 1.0) -> str:
    """Return a dot."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}" fill-opacity="{opacity:g}"/>'


def stroke(path: str, colour: str = "#ddd") -> str:
    """Return thin lines along a path, as of a grid or a frame."""
    return f'<path d="{path}" fill="none" stroke="{colour}"/>'

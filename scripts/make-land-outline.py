"""Make the outline of land that the page draws maps with, from Natural Earth's land at 1:110 million (public domain).

Usage: python scripts/make-land-outline.py land-110m.json > src/glocal/service/static/land.json
The argument is a file of the npm package world-atlas 2.0.2: TopoJSON, https://github.com/topojson/topojson-specification.
"""

from __future__ import annotations

import json
import sys
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

Point = tuple[int, int]
"""Longitude and latitude in tenths of a degree: 11 km, about as exact as the outline itself."""

HALF = 1800
SOUTH_POLE = -900


def rings(topology: Any) -> list[list[Point]]:
    """Return the closed lines around land and lakes, without points that say nothing new."""
    (x_step, y_step), (x_start, y_start) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        steps = accumulate(arc, lambda here, step: [here[0] + step[0], here[1] + step[1]])
        arcs.append([(round(10 * (x * x_step + x_start)), round(10 * (y * y_step + y_start))) for x, y in steps])
    found = []
    for shape in topology["objects"]["land"]["geometries"]:
        for polygon in shape["arcs"]:
            shore, *lakes = (unrolled(joined(ring, arcs)) for ring in polygon)
            found += [shore, *(beside(lake, shore) for lake in lakes)]
    return [ring for ring in found if len(ring) > 3]


def joined(ring: list[int], arcs: list[list[Point]]) -> list[Point]:
    """Return the points of a ring, each once; ~index is an arc that is passed backwards."""
    points = [point for index in ring for point in (arcs[index] if index >= 0 else arcs[~index][::-1])]
    return [here for before, here in pairwise([None, *points]) if here is not None and here != before]


def beside(lake: list[Point], shore: list[Point]) -> list[Point]:
    """Turn a lake by 360 degrees if that brings it to its land."""
    is_far = max(x for x, _ in lake) < min(x for x, _ in shore)
    return [(x + 2 * HALF, y) for x, y in lake] if is_far else lake


def unrolled(ring: list[Point]) -> list[Point]:
    """Let a ring that crosses the date line go on beyond it; close one around a pole, Antarctica's, along the pole."""
    line = ring[:1]
    for x, y in ring[1:]:
        line.append((x + 2 * HALF * round((line[-1][0] - x) / (2 * HALF)), y))
    if abs(line[-1][0] - line[0][0]) > HALF:
        line += [(line[-1][0], SOUTH_POLE), (line[0][0], SOUTH_POLE)]
    turn = 2 * HALF if min(x for x, _ in line) < -HALF else 0
    return [(x + turn, y) for x, y in line]


def path(ring: list[Point]) -> str:
    """Write a ring as an SVG path."""
    steps = (f"{x - x_before},{y - y_before}" for (x_before, y_before), (x, y) in pairwise(ring))
    return f"M{ring[0][0]},{ring[0][1]}l{' '.join(steps)}z"


topology = json.loads(Path(sys.argv[1]).read_text("utf-8"))
source = "Natural Earth 4.1.0, land at 1:110 million, public domain; longitude and latitude in tenths of a degree"
sys.stdout.write(json.dumps({"source": source, "path": "".join(map(path, rings(topology)))}, indent=2) + "\n")

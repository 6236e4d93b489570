"""Charts as an XML parser reads them."""

import xml.etree.ElementTree as ET

from glocal import svg
from glocal.evaluation.reports.curve_chart import curve_chart
from glocal.evaluation.reports.reliability_chart import reliability_chart
from glocal.evaluation.result import ReliabilityBin

SVG = "{http://www.w3.org/2000/svg}"


def test_any_name_stands_in_a_chart_as_it_is():
    root = ET.fromstring(curve_chart({"a < b & c": [1.0, 0.5, 0.0]}))
    assert "a < b & c" in {text.text for text in root.iter(f"{SVG}text")}


def test_a_curve_falls_where_precision_falls():
    (line,) = ET.fromstring(curve_chart({"x": [1.0, 0.5, 0.25]})).iter(f"{SVG}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    xs, ys = zip(*points, strict=True)
    assert xs[2] - xs[1] == xs[1] - xs[0] > 0  # evenly spaced recalls
    assert ys[0] == 0  # precision 1 is at the top
    assert ys[1] - ys[0] == 2 * (ys[2] - ys[1]) > 0


def test_every_bin_is_a_dot_and_kinds_without_a_right_pair_are_left_out():
    bins = (ReliabilityBin(0.1, 0.0, 9), ReliabilityBin(0.8, 0.75, 4))
    root = ET.fromstring(reliability_chart({"searched": bins, "framed": (ReliabilityBin(0.1, 0.0, 5),)}))
    assert len(list(root.iter(f"{SVG}circle"))) == 2
    assert "framed" not in {text.text for text in root.iter(f"{SVG}text")}


def test_lines_beyond_the_last_colour_begin_anew():
    assert svg.colour(len(svg.COLOURS)) == svg.colour(0)

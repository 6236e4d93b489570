"""An evaluation as one self-contained HTML page: no scripts, no links, pictures inside."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape

import numpy as np
from PIL import Image

from glocal.errors import GlocalError
from glocal.evaluation.reports.curve_chart import curve_chart
from glocal.evaluation.reports.reliability_chart import reliability_chart
from glocal.evaluation.reports.result_rows import (
    Table,
    metrics_table,
    published_table,
    reliability_table,
    setting_table,
    stages_table,
)
from glocal.evaluation.result import Evaluation, Example, ProtocolResult, RankedPhoto
from glocal.features import Region
from glocal.images import encode, read_photo

Overlay = Callable[[Example, RankedPhoto], bytes | None]
"""Returns a JPEG of query and photo with their inliers, or None where there is nothing to show."""

THUMBNAIL_SIDE = 150
PROOFS = 3
"""Overlays drawn for the first photos of each ranking: those that should be right and may not be."""

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 76em; padding: 0 1em; color: #222 }
table { border-collapse: collapse; margin: .5em 0 1.5em } th, td { padding: .15em .7em; text-align: right }
th:first-child, td:first-child, td.text { text-align: left } th { border-bottom: 2px solid #888 }
tr:nth-child(even) { background: #f4f4f4 } figure { display: inline-block; margin: .3em; vertical-align: top }
figcaption { font-size: 12px; max-width: 150px; overflow-wrap: anywhere } img { display: block; border: 3px solid #bbb }
.positive img { border-color: #2a8a3e } .negative img { border-color: #c0392b } .query img { border-color: #2456a6 }
.bar { display: inline-block; height: .7em; background: #2456a6 } .bar.before { background: #a9bfe0 }
details img { max-width: 100%; border: 0 } svg { max-width: 40em }
"""


def render_html(evaluation: Evaluation, overlay: Overlay | None = None) -> str:
    """Return the page: tables, precision-recall curves, AP of every query, and the worst queries with photos.

    Args:
        evaluation: what to show. Photos that cannot be read any more are named instead of shown.
        overlay: draws the proof of a match, if there is one to draw.
    """
    beside = published_table(evaluation)
    curves = {result.protocol: result.curve for result in evaluation.results if result.curve}
    judged = {result.protocol: result.reliability for result in evaluation.results if result.reliability}
    reliability = reliability_table(evaluation)
    parts = [
        f"<h1>{escape(evaluation.benchmark)}</h1>",
        _table(metrics_table(evaluation)),
        "" if beside is None else f"<h2>mAP beside published results</h2>{_table(beside)}",
        f"<h2>Precision and recall</h2>{curve_chart(curves)}" if curves else "",
        "" if reliability is None else f"<h2>Reliability</h2>{reliability_chart(judged)}{_table(reliability)}",
        *(f"<h2>Queries, {escape(one.protocol)}</h2>{_queries(one)}" for one in evaluation.results if not judged),
        "<h2>Worst queries</h2>" if evaluation.examples else "",
        *(_example(example, overlay) for example in evaluation.examples),
        f"<h2>Costs</h2>{_table(stages_table(evaluation))}" if evaluation.stages else "",
        f"<h2>Setting</h2>{_table(setting_table(evaluation))}",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(evaluation.benchmark)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.header)
    rows = "\n".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in table.rows)
    return f"<table><tr>{head}</tr>\n{rows}</table>"


def _cell(text: str) -> str:
    kind = "" if text.replace(".", "", 1).isdigit() else ' class="text"'
    return f"<td{kind}>{escape(text)}</td>"


def _queries(result: ProtocolResult) -> str:
    """Return the AP of each query with bars, the poorest first; queries without positives are left out."""
    scored = sorted(
        ((query.average_precision, query) for query in result.queries if query.average_precision is not None),
        key=lambda pair: pair[0],
    )
    if not scored:
        return "<p>Not kept per query.</p>"
    rows = []
    for value, query in scored:
        before = "" if query.before is None else f"{100 * query.before:.1f}"
        bars = "".join(
            f'<div class="bar {kind}" style="width:{120 * share:.0f}px"></div><br>'
            for kind, share in (("before", query.before), ("after", value))
            if share is not None
        )
        rows.append(f"<tr><td>{escape(query.name)}</td><td>{before}</td><td>{100 * value:.1f}</td><td>{bars}</td></tr>")
    head = "<tr><th>query</th><th>AP before</th><th>AP</th><th></th></tr>"
    summary = f"<summary>{len(scored)} queries, poorest first</summary>"
    return f"<details>{summary}<table>{head}{''.join(rows)}</table></details>"


def _example(example: Example, overlay: Overlay | None) -> str:
    """Return one query with the head of its ranking and, folded away, the proofs."""
    title = f"{escape(example.protocol)}: AP {100 * example.average_precision:.1f}"
    figures = [_figure("query", example.query, "query", example.region)]
    proofs = []
    for place, photo in enumerate(example.ranking, start=1):
        inliers = "" if photo.inliers is None else f", {photo.inliers} inliers"
        figures.append(_figure(photo.label, photo.path, f"{place}. {photo.similarity:.3f}{inliers}"))
        picture = overlay(example, photo) if overlay is not None and photo.inliers and place <= PROOFS else None
        if picture is not None:
            proofs.append(f"<p>{place}.</p><img src='{_data_uri(picture)}' alt='match {place}'>")
    folded = f"<details><summary>Proofs</summary>{''.join(proofs)}</details>" if proofs else ""
    return f"<h3>{title}</h3><div>{''.join(figures)}</div>{folded}"


def _figure(kind: str, path: str, caption: str, region: Region | None = None) -> str:
    name = escape(path.rpartition("/")[2])
    try:
        picture = f'<img src="{_data_uri(thumbnail(path, region))}" alt="{name}">'
    except GlocalError as error:
        picture = f"<p>{escape(str(error))}</p>"
    return f'<figure class="{kind}">{picture}<figcaption>{escape(caption)}<br>{name}</figcaption></figure>'


def thumbnail(path: str, region: Region | None = None) -> bytes:
    """Return a small JPEG of a photo, or of the region (x, y, width, height) of it.

    Raises:
        PhotoError: the photo cannot be read.
    """
    pixels = read_photo(path, fit=None if region else 2 * THUMBNAIL_SIDE)
    if region is not None:
        x, y, width, height = (max(0, round(value)) for value in region)
        pixels = pixels[y : y + height, x : x + width]
    image = Image.fromarray(pixels)
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return encode(np.asarray(image), "jpg")


def _data_uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"

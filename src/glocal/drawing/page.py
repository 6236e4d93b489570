"""A ranking as one HTML page that needs nothing else: no network, no script, pictures inside."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import get_args

from glocal.arrays import Pixels
from glocal.counting import counted
from glocal.drawing.proof import Proof, evidence, percent
from glocal.drawing.text import file_name, readable
from glocal.images import encode, resize
from glocal.matching import Verdict


def page(query: Pixels, proofs: Sequence[Proof], *, title: str) -> str:
    """Return the ranking as HTML, light or dark as the reader's system is.

    Args:
        query: [H, W, 3] RGB.
        proofs: hits in order.
        title: heading, such as the query's file name. All names are escaped.
    """
    heading = escape(readable(title))
    summary = f"{counted(len(proofs), 'photo')} found" + (f": {_verdicts(proofs)}" if proofs else "")
    rows = "\n".join(_row(number, proof) for number, proof in enumerate(proofs, 1))
    style = files("glocal.drawing").joinpath("page.css").read_text("utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{heading}</title>
<style>
{style}</style>
</head>
<body>
<main>
<header>
{_image(query, 480, f"The query, {title}")}
<div><h1>{heading}</h1><p>{summary}</p></div>
</header>
<div class="scroll">
<table>
<thead><tr><th>#</th><th>Photo</th><th>Proof</th><th>Similarity</th><th>Evidence</th><th>Verdict</th><th>Probability</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
</main>
</body>
</html>
"""


def _verdicts(proofs: Sequence[Proof]) -> str:
    """Say how many hits are proved, likely and similar, or that the model cannot tell."""
    if any(proof.hit.probability is None for proof in proofs):
        return "ranked by inliers: the model has no calibration, so nothing is known to be likely"
    counts = Counter(proof.hit.verdict for proof in proofs)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in get_args(Verdict) if counts[verdict])


def _row(number: int, proof: Proof) -> str:
    hit, name = proof.hit, file_name(proof.hit.path)
    found = "not verified" if hit.inliers is None else evidence(hit)
    picture = _image(proof.photo, 332, name)
    drawn = "no transform found"
    if proof.overlay is not None:
        drawn = _image(proof.overlay, 1200, f"Query and {name} side by side: {found}")
    meter = ""
    if hit.probability is not None:
        meter = f'<meter min="0" max="1" value="{hit.probability:.4f}">{percent(hit.probability)}</meter>'
    return (
        f'<tr><td class="number">{number}</td>'
        f'<td class="photo" title="{escape(readable(hit.path))}">{picture}{escape(name)}</td>'
        f'<td class="proof">{drawn}</td>'
        f'<td class="number">{hit.similarity:.3f}</td>'
        f'<td class="evidence">{escape(found)}</td>'
        f"<td>{'' if hit.probability is None else hit.verdict}</td>"
        f'<td class="number">{escape(percent(hit.probability))}{meter}</td></tr>'
    )


def _image(picture: Pixels, width: int, words: str) -> str:
    """Return an <img> with the picture inside as JPEG, at most `width` pixels wide."""
    if picture.shape[1] > width:
        height = max(1, round(picture.shape[0] * width / picture.shape[1]))
        picture = resize(picture, width, height)
    data = base64.b64encode(encode(picture, "jpg")).decode("ascii")
    return f'<img src="data:image/jpeg;base64,{data}" alt="{escape(readable(words))}">'

"""`glocal search`: every photo that shows the same thing as the query, with the proof."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from glocal.cli.options import CollectionDir, RegionText, parse_region
from glocal.cli.output import Json, agreement_fields, note, out, print_json, rounded
from glocal.collection import DEFAULT_MODE, Collection, Hit, RankBy, Ranking, SearchMode
from glocal.drawing import PAGE_SUFFIXES, PICTURE_SUFFIXES, check_suffix, percent, save_ranking
from glocal.errors import RegionError
from glocal.images import describe


def command(
    query: Annotated[list[Path], typer.Argument(help="A photo; or several, as views of one thing.")],
    collection: CollectionDir,
    region: RegionText = None,
    top: Annotated[int, typer.Option(min=1, help="Hits to show.")] = 10,
    mode: Annotated[
        SearchMode,
        typer.Option(help="How hard to look: fast (as it is), balanced (also turned), thorough (also mirrored)."),
    ] = DEFAULT_MODE,
    rerank: Annotated[
        int | None,
        typer.Option(min=0, help="Candidates to verify; 0 ranks by similarity alone.", show_default="the mode's"),
    ] = None,
    ranking: Annotated[
        RankBy, typer.Option(help="Order of verified hits: calibrated probability, or inliers as in the paper.")
    ] = "probability",
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the proof into FILE.html or FILE.png.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find the photos in a collection that show the same thing as QUERY."""
    box = parse_region(region)
    if len(query) > 1 and box:
        raise RegionError("--region belongs to one photo; search with one photo, or without a region")
    if save:
        check_suffix(save, (*PAGE_SUFFIXES, *PICTURE_SUFFIXES))
    with Collection.open(collection) as opened:
        hits = opened.search([*query] if len(query) > 1 else query[0], box, top, rerank, ranking, mode)
        if opened.calibration is None:
            note("the model has no calibration: ranked by inliers, as in the paper; fit one with `glocal calibrate`")
        if save:
            for error in save_ranking(save, query, hits, box):
                note(f"left out: {error}")
            note(f"wrote {save}")
    if as_json:
        print_json({"query": [str(path) for path in query], "hits": [hit_fields(hit) for hit in hits]})
    else:
        for line in _lines(hits):
            out.print(line, markup=False, highlight=False, soft_wrap=True)


def hit_fields(hit: Hit) -> dict[str, Any]:
    """Return a hit as JSON; the transform as three rows, inlier points as x, y of the query and x, y of the photo."""
    transform = None if hit.transform is None else hit.transform.tolist()
    return {
        "path": str(hit.path),
        "similarity": round(hit.similarity, 4),
        "inliers": hit.inliers,
        "correspondences": hit.correspondences,
        "probability": rounded(hit.probability),
        "proved": hit.proved,
        "verdict": hit.verdict,
        "turned": 90 * hit.orientation.quarter_turns,
        "mirrored": hit.orientation.mirrored,
        "transform": transform,
        "inlier_points": hit.inlier_points.tolist(),
        "agreement": agreement_fields(hit.agreement),
    }


def _lines(hits: Ranking) -> Iterator[str]:
    """Yield a head and a line per hit, in columns; the path comes last and whole, however long it is."""
    yield f"{'':>3}  {'similarity':>10}  {'inliers':>12}  {'verdict':>7}  {'probability':>11}  photo"
    for rank, hit in enumerate(hits, 1):
        inliers = "not verified" if hit.inliers is None else f"{hit.inliers} of {hit.correspondences}"
        numbers = f"{rank:>3}  {hit.similarity:>10.3f}  {inliers:>12}  {hit.verdict:>7}  {percent(hit.probability):>11}"
        yield f"{numbers}  {shown(hit.path)}"


def shown(path: Path) -> str:
    """Return a path as short as it can be typed here; what a terminal cannot show is escaped."""
    short = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return describe(short)

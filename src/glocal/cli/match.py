"""`glocal match`: compare two photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.options import ModelName, RegionText, parse_region
from glocal.cli.output import Json, note, out, print_json
from glocal.drawing import PICTURE_SUFFIXES, check_suffix, percent, save_pair
from glocal.extraction import load_model
from glocal.pair import match


def command(
    a: Annotated[Path, typer.Argument(help="The query.")],
    b: Annotated[Path, typer.Argument(help="The photo to compare it with.")],
    region: RegionText = None,
    model: ModelName = None,
    preset: Annotated[str, typer.Option(help="Preset of the model: fast or paper.")] = "fast",
    save: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Draw the proof into a picture.")] = None,
    attention: Annotated[bool, typer.Option("--attention", help="Draw where the network looks, too.")] = False,
    as_json: Json = False,
    points: Annotated[bool, typer.Option("--points", help="With --json: also every inlier, and the masks.")] = False,
) -> None:
    """Compare two photos: similarity, inliers, and the probability that both show the same thing."""
    box = parse_region(region)
    if save:
        check_suffix(save, PICTURE_SUFFIXES)
    pair = match(a, b, region=box, model=load_model(model, preset=preset))
    if save:
        save_pair(save, a, b, pair, box, attention=attention)
        note(f"wrote {save}")
    if as_json:
        print_json(pair.to_dict(points=points))
    else:
        out.print(f"similarity   {pair.similarity:.3f}")
        if not pair.inliers and pair.agreement is not None and pair.agreement.is_copy:
            out.print("pixels       the same picture")
        kind = "correspondences" if pair.by_keypoints is None else "keypoints of the pixels"
        out.print(f"inliers      {pair.inliers} of {len(pair.match)} {kind}")
        if pair.agreement is not None:
            shares = f"{pair.agreement.query_share:.0%} of the first, {pair.agreement.photo_share:.0%} of the second"
            out.print(f"agreement    {shares}, by their pixels")
        out.print(f"verdict      {pair.verdict}")
        out.print(f"probability  {percent(pair.probability)} that both show the same thing")

"""`glocal duplicates`: groups of photos that show the same picture."""

from __future__ import annotations

from typing import Annotated

import typer

from glocal.cli.options import CollectionDir
from glocal.cli.output import Json, note, out, print_json
from glocal.cli.progress_display import progress
from glocal.collection import Collection, DuplicateGroup


def command(
    collection: CollectionDir,
    turned: Annotated[
        bool, typer.Option("--turned/--upright", help="Also find quarter turns and mirror images; takes longer.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Find copies in a collection: the same picture, also cropped, scaled, turned or mirrored.

    Every pair is proved by its pixels. Photos of one place taken from two spots are not copies.
    """
    with Collection.open(collection) as opened, progress() as on_stage:
        groups = opened.duplicates(turned=turned, on_progress=on_stage)
    if as_json:
        print_json({"groups": [_fields(group) for group in groups]})
        return
    for group in groups:
        for photo in group.photos:
            out.print(str(photo.path), markup=False, highlight=False, soft_wrap=True)
        out.print()
    note(f"{len(groups)} groups of the same picture")


def _fields(group: DuplicateGroup) -> dict[str, object]:
    pairs = [
        {
            "first": str(p.first.path),
            "second": str(p.second.path),
            "agreement": round(p.proof.agreement, 4),
            "transform": p.proof.transform.tolist(),
        }
        for p in group.pairs
    ]
    return {"paths": [str(photo.path) for photo in group.photos], "pairs": pairs}

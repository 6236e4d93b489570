"""`glocal whiten`: the whitening of a model's global descriptor, taken again from other photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.export import read_facts, read_results
from glocal.cli.extras import needs_training
from glocal.cli.output import Json, note, note_skipped, print_json
from glocal.cli.progress_display import progress


def command(
    card: Annotated[Path, typer.Argument(help="The model card (.json) of a model that `glocal export` made.")],
    recipe: Annotated[
        str, typer.Option("--recipe", metavar="NAME", help="What decides the result: a bundled recipe or a TOML file.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the new model.")],
    photos: Annotated[list[Path] | None, typer.Argument(help="Sets of photos, as `glocal train` takes them.")] = None,
    unlabelled: Annotated[
        list[Path] | None, typer.Option(help="Set of photos whose identities are not known or not used; repeatable.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the recipe; repeatable.")
    ] = None,
    preset: Annotated[str, typer.Option(help="Preset that photos are looked at with.")] = "fast",
    facts: Annotated[
        list[str] | None, typer.Option("--fact", metavar="KEY=VALUE", help="What the card says of it; repeatable.")
    ] = None,
    results: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Measured results for the card: a JSON object.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take a model's whitening again from PHOTOS. Its local features stay; calibrate the new model afterwards."""
    with needs_training():
        from glocal.training.photos import find_labelled_photos
        from glocal.training.recipe import load_recipe
        from glocal.training.whitening_again import whiten
    chosen = load_recipe(recipe, settings or ())
    found = find_labelled_photos(photos or [], unlabelled or [])
    with progress() as on_stage:
        report = whiten(
            card,
            chosen,
            found.photos,
            out,
            preset=preset,
            facts=read_facts(facts or ()),
            results=None if results is None else read_results(results),
            on_stage=on_stage,
        )
    note(str(found.passed_over))
    lines = [*found.missing, *report.skipped]
    note_skipped(lines)
    if as_json:
        print_json({"card": str(report.card), "photos": report.photos, "skipped": lines})
    else:
        note(f"whitened by {report.photos} photos, now to be calibrated: {report.card}")

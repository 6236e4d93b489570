"""`glocal repair`: bring back what is damaged of a collection."""

from __future__ import annotations

from typing import Annotated

import typer

from glocal.cli.check import DAMAGED, check_fields
from glocal.cli.options import CollectionDir, ModelName
from glocal.cli.output import Json, note, print_json
from glocal.cli.progress_display import progress
from glocal.cluster import kind_of
from glocal.counting import counted
from glocal.extraction import load_model


def command(
    collection: CollectionDir,
    model: ModelName = None,
    preset: Annotated[str | None, typer.Option(help="Preset it was indexed with: fast or paper.")] = None,
    precision: Annotated[str | None, typer.Option(help="Network it was indexed with: float32 or int8.")] = None,
    as_json: Json = False,
) -> None:
    """Make a collection sound: derived files anew, damaged features from the photos' files; name what is lost.

    Searches go on meanwhile. The model needs to be named only where the catalog no longer says it. Exit code 0: all
    is back. 1: something is lost, and named.
    """
    asked = {name: value for name, value in (("preset", preset), ("precision", precision)) if value}
    loaded = load_model(model, **asked) if model or asked else None
    with progress() as on_stage:
        report = kind_of(collection).repair(collection, loaded, on_progress=on_stage)
    if as_json:
        extracted = [str(path) for path in report.extracted]
        print_json({"found": check_fields(report.found), "extracted": extracted, "lost": list(report.lost)})
    else:
        for line in report.found.lines():
            note(f"found: {line}")
        for line in report.lost:
            note(f"lost: {line}")
        note(f"{counted(len(report.extracted), 'photo')} read again, {counted(len(report.lost), 'thing')} lost")
    if report.lost:
        raise typer.Exit(DAMAGED)

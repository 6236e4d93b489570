"""`glocal check`: read all of a collection and find what is damaged."""

from __future__ import annotations

from typing import Annotated

import typer

from glocal.cli.options import CollectionDir
from glocal.cli.output import Json, note, print_json
from glocal.cli.progress_display import progress
from glocal.cluster import check_collection
from glocal.collection import CheckReport
from glocal.counting import counted

DAMAGED = 1
"""Exit code when something is damaged."""


def command(
    collection: CollectionDir,
    files: Annotated[bool, typer.Option("--files", help="Also read all photos' files, and compare them.")] = False,
    as_json: Json = False,
) -> None:
    """Read a whole collection and compare every row and file of it with its digest.

    Exit code 0: all is sound. 1: something is damaged; `glocal repair` brings back what can be.
    """
    with progress() as on_stage:
        report = check_collection(collection, files=files, on_progress=on_stage)
    if as_json:
        print_json(check_fields(report))
    else:
        for line in [*report.lines(), *map(str, report.files)]:
            note(line)
        found = "all is sound" if report.is_sound else "damaged; run `glocal repair`"
        note(f"{counted(report.photos, 'photo')} checked: {found}")
    if not report.is_sound:
        raise typer.Exit(DAMAGED)


def check_fields(report: CheckReport) -> dict[str, object]:
    """Return a report as JSON."""
    return {
        "sound": report.is_sound,
        "photos": report.photos,
        "structure": list(report.structure),
        "damaged": [damage.to_dict() for damage in report.damage],
        "derived": [path.name for path in report.derived],
        "files": [{"path": str(file.path), "state": file.state} for file in report.files],
    }

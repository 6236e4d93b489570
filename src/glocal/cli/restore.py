"""`glocal restore`: make a collection of a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.options import CollectionDir
from glocal.cli.output import Json, note, print_json
from glocal.cli.progress_display import progress
from glocal.cluster import kind_of
from glocal.counting import counted


def command(
    backup: Annotated[Path, typer.Argument(metavar="BACKUP", help="A folder that `glocal backup` wrote.")],
    collection: CollectionDir,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of a collection; its catalog is kept beside it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check BACKUP and make a collection of it."""
    with progress() as on_stage:
        report = kind_of(backup).restore(backup, collection, replace=replace, on_progress=on_stage)
    if as_json:
        restored = vars(report).items()
        print_json({name: value for name, value in restored if name != "unchanged"})
    else:
        note(f"{collection}: {counted(report.photos, 'photo')} and {counted(report.judgements, 'judgement')} restored")

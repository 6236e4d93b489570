"""`glocal backup`: copy a collection while it is in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.options import CollectionDir
from glocal.cli.output import Json, note, print_json
from glocal.cli.progress_display import progress
from glocal.cluster import open_collection
from glocal.counting import counted


def command(
    target: Annotated[Path, typer.Argument(metavar="DEST", help="A new folder, or that of an earlier backup.")],
    collection: CollectionDir,
    as_json: Json = False,
) -> None:
    """Copy a collection to DEST as it is at this moment, while searching and adding go on.

    An earlier backup there is replaced once the new one is complete and checked. Judgements, and tokens and photos that
    a service was given, are copied too; other photos' files are not.
    """
    with open_collection(collection) as opened, progress() as on_stage:
        report = opened.backup(target, on_progress=on_stage)
    if as_json:
        print_json(vars(report))
    else:
        done = "holds all of it already" if report.unchanged else "written and checked"
        kept = f"{counted(report.photos, 'photo')}, {counted(report.judgements, 'judgement')}"
        sent = f"{counted(report.sent_photos, 'photo')} sent to a service"
        note(f"{target}: {kept}, {sent}, {report.bytes} bytes, {done}")

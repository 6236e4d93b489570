"""`glocal tables`: what is known of photos as an SQLite file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.options import CollectionDir
from glocal.cli.output import note
from glocal.cli.progress_display import progress
from glocal.cluster import open_collection


def command(
    collection: CollectionDir,
    out: Annotated[Path, typer.Option(metavar="FILE.db", help="Written whole; tables written before are replaced.")],
    duplicates: Annotated[bool, typer.Option("--duplicates", help="Look for copies, and write them too.")] = False,
    albums: Annotated[bool, typer.Option("--albums", help="Look for albums, and write them too.")] = False,
) -> None:
    """Write the photos of a collection, what is known of them, their copies and albums, as tables of an SQLite file.

    The tables stay the same from version to version. Datasette, DuckDB, pandas and other programs read them.
    """
    with open_collection(collection) as opened, progress() as on_stage:
        counts = opened.write_tables(out, duplicates=duplicates, albums=albums, on_progress=on_stage)
    rows = [f"{count} {name}" for name, count in vars(counts).items() if count is not None]
    note(f"wrote {', '.join(rows)}: {out}")

"""`glocal remove`: forget photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.options import CollectionDir
from glocal.cli.output import Json, note, print_json
from glocal.collection import Collection


def command(
    collection: CollectionDir,
    photos: Annotated[list[Path] | None, typer.Argument(help="Photos, and folders of photos.")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Photos whose files are gone from disk.")] = False,
    as_json: Json = False,
) -> None:
    """Remove PHOTOS from a collection. The files themselves are never touched."""
    if not photos and not missing:
        raise typer.BadParameter("name photos to remove, or give --missing")
    with Collection.open(collection) as opened:
        wanted = list(photos or [])
        if missing:
            wanted += opened.missing()
        removed = opened.remove(wanted) if wanted else 0
        total = len(opened)
    if as_json:
        print_json({"removed": removed, "photos": total})
    else:
        note(f"{removed} removed; {collection} holds {total} photos")

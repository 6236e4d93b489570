"""`glocal pairs`: what structure from motion begins with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.options import CollectionDir
from glocal.cli.output import note
from glocal.cli.progress_display import progress
from glocal.cluster import AnyCollection, open_collection
from glocal.counting import counted
from glocal.errors import GlocalError
from glocal.evaluation.reconstruction import matched_pairs, stored_images, write_colmap, write_matches, write_pairs


def command(
    collection: CollectionDir,
    top: Annotated[int, typer.Option(min=1, help="Photos paired with each photo.")] = 20,
    out: Annotated[Path | None, typer.Option(metavar="FILE.txt", help="Names, a pair a line: hloc, COLMAP.")] = None,
    matches: Annotated[Path | None, typer.Option(metavar="FILE.h5", help="Matches, as hloc keeps them.")] = None,
    colmap: Annotated[
        Path | None, typer.Option(metavar="FILE.db", help="A COLMAP database, verified; needs pycolmap.")
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder that names begin from.", show_default="what all photos lie in"),
    ] = None,
) -> None:
    """Pair the photos of a collection for structure from motion: pairs, matches, or a COLMAP database.

    The stored features are used; no photo is described again. `glocal features` writes them for hloc, with the same
    names.
    """
    if not (out or matches or colmap):
        raise typer.BadParameter("say what to write: --out pairs.txt, --matches matches.h5 or --colmap database.db")
    with open_collection(collection) as opened, progress() as on_stage:
        folder = root_of(opened, root)
        images = list(stored_images(opened, folder))
        pairs = list(matched_pairs(opened, images, top, on_stage))
    if out:
        write_pairs(out, pairs)
    if matches:
        write_matches(matches, pairs)
    left_out = write_colmap(colmap, folder, images, pairs) if colmap else []
    for name in left_out:
        note(f"left out of the database: {name}: COLMAP does not read it, or not as it was indexed (turned?)")
    note(f"{counted(len(pairs), 'pair')} of {counted(len(images), 'photo')}, named from {folder}")


def root_of(collection: AnyCollection, given: Path | None) -> Path:
    """Return the folder that names begin from: the one given, or the last that all photos lie in."""
    if given is not None:
        return given.resolve()
    folders = {str(record.path.parent) for record in collection.photos() if record.indexed}
    if not folders:
        raise GlocalError(f"{collection.directory}: holds no photos")
    return Path(os.path.commonpath(folders))

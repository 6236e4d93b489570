"""`glocal annotate`: the user's own metadata of photos, set, removed and shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from glocal.cli.annotations import read_annotations, value_of
from glocal.cli.options import CollectionDir
from glocal.cli.output import note, print_json
from glocal.cluster import AnyCollection, open_collection
from glocal.collection import PhotoRecord
from glocal.counting import counted
from glocal.errors import GlocalError


def command(
    collection: CollectionDir,
    photos: Annotated[list[Path] | None, typer.Argument(help="Photos, and folders for all photos in them.")] = None,
    assigned: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set a key: a number, true, false, JSON, or else text."),
    ] = None,
    removed: Annotated[list[str] | None, typer.Option("--remove", metavar="KEY", help="Remove a key.")] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Set what CSV with a column path says, or JSON lines as shown; - is standard input.",
        ),
    ] = None,
) -> None:
    """Set and remove own metadata of photos in a collection; without any of both, show it as JSON lines.

    What is shown can be edited and given back with --from. `glocal search --where KEY=VALUE` searches by it.
    """
    if source and (photos or assigned or removed):
        raise typer.BadParameter("--from names its photos and keys itself; give nothing else with it")
    if (assigned or removed) and not photos:
        raise typer.BadParameter("name the photos to annotate, or a folder of them")
    values = {**dict(map(_assignment, assigned or ())), **dict.fromkeys(removed or ())}
    changes = read_annotations(source) if source else ((path, values) for path in photos or ())
    with open_collection(collection) as opened:
        if not (source or values):
            for record in _named(opened, photos or ()):
                shown = {"path": str(record.path), "metadata": dict(record.metadata)}
                print_json(shown | ({"exif": dict(record.exif)} if record.exif else {}), line=True)
            return
        try:
            note(f"{counted(opened.update_metadata(changes), 'photo')} changed")
        except (TypeError, ValueError) as error:
            raise GlocalError(f"this metadata cannot be kept: {error}") from error


def _assignment(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise typer.BadParameter(f"--set {text}: give KEY=VALUE, for example --set place=Tübingen")
    return key, value_of(value)


def _named(collection: AnyCollection, photos: Sequence[Path]) -> Iterator[PhotoRecord]:
    """Yield the photos at or below these paths, or all."""
    if not photos:
        yield from collection.photos()
    for path in photos:
        yield from collection.photos_with_ids(collection.ids_at(path)).values()

"""`glocal info`: what a collection, or a model, is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.options import ModelName
from glocal.cli.output import Json, out, print_json
from glocal.collection import Collection
from glocal.errors import CollectionError
from glocal.extraction import read_card


def command(
    collection: Annotated[
        Path | None,
        typer.Option("--collection", "-c", metavar="DIR", help="Folder of the collection.", envvar="GLOCAL_COLLECTION"),
    ] = None,
    model: ModelName = None,
    as_json: Json = False,
) -> None:
    """Tell what a collection holds, or what a model is (the bundled default if nothing is named)."""
    facts = model_facts(model) if collection is None else collection_facts(collection)
    if as_json:
        print_json(facts)
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        out.print(f"{name:{width}}  {value}", markup=False, highlight=False, soft_wrap=True)


def model_facts(name: str | None) -> dict[str, object]:
    """Describe a model by its card; the network itself is not needed."""
    return read_card(name).to_dict()


def collection_facts(folder: Path) -> dict[str, object]:
    """Describe a collection: photos, model, bytes on disk.

    Raises:
        CollectionError: there is none in the folder.
    """
    if not folder.is_dir():
        raise CollectionError(f"{folder}: no collection here; make one with: glocal index PHOTOS --collection {folder}")
    with Collection.open(folder) as opened:
        photos = list(opened.photos())
        size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
        return {
            "collection": str(folder),
            "photos": len(opened),
            "unreadable": [{"path": str(p.path), "reason": p.reason} for p in photos if p.reason],
            "missing": [str(path) for path in opened.missing()],
            "model": opened.identity.name,
            "preset": opened.identity.preset,
            "precision": opened.identity.precision,
            "bytes": size,
            "bytes_per_photo": size // max(1, len(opened)),
        }

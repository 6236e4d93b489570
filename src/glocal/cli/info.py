"""`glocal info`: what a collection, or a model, is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from glocal.cli.options import CollectionIfAny, ModelName
from glocal.cli.output import Json, out, print_json
from glocal.cluster import open_collection
from glocal.errors import CollectionError
from glocal.extraction import read_card

_SHOWN = 5
"""Photos named, of those that something is wrong with."""


def command(
    collection: CollectionIfAny = None,
    model: ModelName = None,
    as_json: Json = False,
) -> None:
    """Tell what a collection holds, or what a model is (the bundled default if nothing is named)."""
    facts = model_facts(model) if collection is None else collection_facts(collection)
    if as_json:
        print_json(facts)
        return
    for line in card_lines(facts) if collection is None else collection_lines(facts):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


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
    with open_collection(folder) as opened:
        photos = list(opened.photos())
        size = opened.bytes_on_disk()
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


def collection_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a person wants to know of a collection: counts, sizes, photos that cannot be read or found."""
    yield f"collection  {facts['collection']}"
    yield f"photos      {facts['photos']}"
    yield f"model       {facts['model']}, preset {facts['preset']}, {facts['precision']}"
    yield f"on disk     {facts['bytes'] / 1e6:.1f} MB, {facts['bytes_per_photo'] / 1e3:.1f} KB a photo"
    unreadable = [f"{one['path']}: {one['reason']}" for one in facts["unreadable"]]
    for title, found in (("unreadable", unreadable), ("missing", facts["missing"])):
        yield f"{title:10}  {len(found) or 'none'}"
        yield from (f"            {line}" for line in found[:_SHOWN])
        if len(found) > _SHOWN:
            yield f"            and {len(found) - _SHOWN} more: glocal info --json --collection {facts['collection']}"
    if facts["missing"]:
        yield f"to forget what is missing: glocal remove --missing --collection {facts['collection']}"


def card_lines(facts: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Yield a model card as text: a line a fact, groups of facts indented below their name."""
    for name, value in facts.items():
        title = name.replace("_", " ")
        if isinstance(value, Mapping):
            yield f"{indent}{title}"
            yield from card_lines(value, indent + "  ")
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            yield f"{indent}{title}"
            for one in value:
                yield from card_lines(one, indent + "  ")
        else:
            said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield f"{indent}{title}: {said}"

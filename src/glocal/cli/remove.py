"""`glocal remove`: forget photos."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.options import CollectionDir
from glocal.cli.output import Json, note, print_json
from glocal.cluster import AnyCollection, open_collection
from glocal.collection import doubt
from glocal.counting import counted
from glocal.errors import CollectionError
from glocal.images import Address, describe


def command(
    collection: CollectionDir,
    photos: Annotated[list[Path] | None, typer.Argument(help="Photos, and folders of photos.")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Photos whose files are gone from disk.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Remove missing photos even if their drive may just not be there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Remove PHOTOS from a collection. The files themselves are never touched.

    With --missing, where most photos are missing or none is left below a folder, it asks first; without a terminal to
    ask on it removes nothing.
    """
    if not photos and not missing:
        raise typer.BadParameter("name photos to remove, or give --missing")
    with open_collection(collection) as opened:
        wanted = list(photos or [])
        if missing:
            wanted += _missing(opened, yes=yes)
        removed = opened.remove(wanted) if wanted else 0
        total = len(opened)
        for line in _kept(opened) if missing else ():
            note(line)
    if as_json:
        print_json({"removed": removed, "photos": total})
    else:
        note(f"{removed} removed; {collection} holds {counted(total, 'photo')}")


def _missing(opened: AnyCollection, *, yes: bool) -> list[Path]:
    """Return the photos whose files are gone, once it is clear that they were deleted.

    Raises:
        CollectionError: they may lie on a drive that is not there.
    """
    missing = opened.missing()
    reason = doubt([photo.path for photo in opened.photos()], missing) if missing and not yes else ""
    if reason and not (sys.stdin.isatty() and typer.confirm(f"{reason}. Remove them?", err=True)):
        raise CollectionError(f"{reason}: connect the drive, or remove them by --missing --yes; nothing was removed")
    return missing


def _kept(opened: AnyCollection) -> Iterator[str]:
    """Say of each bucket that cannot be asked how many photos in it were kept, as they may still be there."""
    photos = Counter(photo.path.bucket for photo in opened.photos() if isinstance(photo.path, Address))
    for bucket, count in sorted(photos.items()):
        try:
            bucket.stat()
        except OSError as error:
            yield f"{count} photo{'s' if count > 1 else ''} in {describe(bucket)} kept: {error.strerror}"

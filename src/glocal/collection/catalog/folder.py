"""The files of a collection's folder."""

from __future__ import annotations

from pathlib import Path

from glocal.errors import CollectionError
from glocal.files import UNFINISHED

CATALOG = "catalog.sqlite"
INDEX = "global.index"
"""Of which the names of the files are made that hold it."""

LOCK = "writer.lock"
SERVICE = "service"
"""What a service keeps for itself; its tokens may be made before the collection is."""


def require_vacant(folder: Path) -> None:
    """Refuse a folder that holds anything but what an unfinished creation, or a service, left.

    Raises:
        CollectionError: it holds a collection, or other files.
        OSError: it cannot be looked at.
    """
    names = {entry.name for entry in folder.iterdir()}
    if CATALOG in names:
        raise CollectionError(f"{folder}: already holds a collection; open it, or name another folder")
    if any(UNFINISHED not in name and not name.startswith(LOCK) for name in names - {SERVICE}):
        raise CollectionError(f"{folder}: holds other files; name a new or an empty folder")

"""The files of a collection's folder."""

from __future__ import annotations

import os
import stat
from fnmatch import fnmatchcase
from pathlib import Path

from glocal.errors import CollectionError
from glocal.files import UNFINISHED

CATALOG = "catalog.sqlite"
INDEX = "global.index"
"""Of which the names of the files are made that hold it."""

LOCK = "writer.lock"
SERVICE = "service"
"""What a service keeps for itself; its tokens may be made before the collection is."""

_OWN_NAMES = ("catalog.*", "last.commit", "judgements.jsonl", "local*", "global*", "*.lock", SERVICE)
_MAY_BE_LINKS = (CATALOG, "judgements.jsonl", SERVICE)
"""What somebody may keep elsewhere; a link to a pipe or a device is none of it."""


def require_plain(folder: Path) -> None:
    """Refuse a folder in which a pipe, device or link stands for a file of ours, as a stranger's archive may have it.

    Reading a pipe or a device may never end, and writing through a link changes another file.

    Raises:
        CollectionError: there is one.
    """
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return  # whoever opens the catalog says what is wrong
    for entry in entries:
        if any(fnmatchcase(entry.name, own) for own in _OWN_NAMES) and not _is_plain(entry):
            raise CollectionError(f"{folder}: {entry.name} is a link, pipe or device; do not use it, or delete that")


def _is_plain(entry: os.DirEntry[str]) -> bool:
    try:
        mode = entry.stat(follow_symlinks=entry.name in _MAY_BE_LINKS).st_mode
    except OSError:
        return not entry.is_symlink()  # deleted since
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


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

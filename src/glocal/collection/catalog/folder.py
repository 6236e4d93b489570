"""Files of a collection's folder, and how one comes into being whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from glocal.errors import CollectionError

CATALOG = "catalog.sqlite"
INDEX = "global.index"
LOCK = "writer.lock"
UNFINISHED = ".unfinished"
"""Suffix of files under construction; found later, they are what a crash left behind."""


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Lend a new name beside `path`; a file left under it is deleted, unless `publish` renamed it."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}{UNFINISHED}")
    try:
        yield draft
    finally:
        for left in draft.parent.glob(f"{draft.name}*"):  # SQLite keeps more files beside its own
            with suppress(OSError):
                left.unlink()


def publish(draft: Path, path: Path) -> None:
    """Give a complete file its name such that a power cut leaves the old file or the new one.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    if os.name == "nt":  # Windows opens no folders, and keeps names durable by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clear_unfinished(path: Path) -> None:
    """Delete what crashes left behind of `path`. A writer at work on it starts anew."""
    for left in path.parent.glob(f"{path.name}.*{UNFINISHED}*"):
        with suppress(OSError):
            left.unlink()


def require_vacant(folder: Path) -> None:
    """Refuse a folder that holds anything but what an unfinished creation left.

    Raises:
        CollectionError: it holds a collection, or other files.
        OSError: it cannot be looked at.
    """
    names = {entry.name for entry in folder.iterdir()}
    if CATALOG in names:
        raise CollectionError(f"{folder}: already holds a collection; open it, or name another folder")
    if any(UNFINISHED not in name and not name.startswith(LOCK) for name in names):
        raise CollectionError(f"{folder}: holds other files; name a new or an empty folder")

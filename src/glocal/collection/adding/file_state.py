"""Looking at a file to see whether it changed since the catalog saw it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from glocal.collection.catalog import Catalog, FileState, PhotoRecord
from glocal.errors import PhotoError
from glocal.images import content_hash, photo_exif, status_of

_COARSEST_CLOCK = 2 * 10**9
"""Nanoseconds: FAT counts times of change in steps of two seconds."""


@dataclass(frozen=True)
class Seen:
    """A file as it is now, and what the catalog knows of it.

    Attributes:
        file: its state; the content hash is None if it cannot be read.
        known: the photo at this path, if there is one.
        settled: True if there is nothing to note: the file is as it was, or is gone.
        reason: why it cannot be read, as far as can be told without decoding it.
        exif: what the camera wrote, where the catalog does not know it yet.
        stamp: size, time of change, and time of the last change of anything, which no program can set back.
    """

    path: Path
    file: FileState
    known: PhotoRecord | None
    settled: bool
    reason: str
    stamp: tuple[int, ...] = ()
    exif: Mapping[str, Any] | None = None

    @property
    def is_touched(self) -> bool:
        """True if the time of change is new but the content is not."""
        return (
            self.known is not None
            and self.file.content_hash is not None
            and self.file.content_hash == self.known.file.content_hash
        )


def look_at(catalog: Catalog, path: Path) -> Seen:
    """Compare a file with the catalog; its content is only read if its size or time of change are new.

    A photo that is indexed although its file has become unreadable is read every time: the cause, such as a
    missing permission or an absent network folder, can go away without a change of the file. So is a photo that
    could not even be opened.
    """
    with catalog.snapshot() as snapshot:
        known = snapshot.photo(path)
    try:
        status = status_of(path)
    except OSError as error:
        reason = f"cannot be looked at ({error.strerror}); check the path"
        return Seen(path, FileState(0, 0, None), known, settled=True, reason=reason)
    file = FileState(status.st_size, status.st_mtime_ns, None)
    if known is not None and not (known.indexed and known.reason):
        same = replace(file, content_hash=known.file.content_hash) == known.file
        if same and known.file.content_hash is not None:
            exif = _exif(path) if known.indexed and known.exif is None else None
            return Seen(path, known.file, known, settled=True, reason=known.reason, exif=exif)
    try:
        hashed = replace(file, content_hash=content_hash(path))
        return Seen(path, hashed, known, settled=False, reason="", stamp=_stamp(status), exif=_exif(path))
    except PhotoError as error:
        return Seen(path, file, known, settled=False, reason=error.reason)


def is_as_seen(seen: Seen) -> bool:
    """Say whether a file's content still is what it was when it was looked at: asked when it was decoded since.

    Its content is hashed again if size or a time is another, or if it changed just before: a second change may then
    have left no trace.
    """
    try:
        stamp = _stamp(seen.path.stat())
        if stamp == seen.stamp and time.time_ns() - max(stamp[1:]) > _COARSEST_CLOCK:
            return True
        return content_hash(seen.path) == seen.file.content_hash
    except (OSError, PhotoError):
        return False


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _exif(path: Path) -> dict[str, Any] | None:
    try:
        return photo_exif(path).to_dict()
    except PhotoError:
        return None


def is_gone(path: Path) -> bool:
    """Say whether there is no file at this path; one that cannot be looked at may still be there.

    So may one in a store that does not answer, or that has no such bucket where it is looked for now.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False

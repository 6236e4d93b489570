"""What a catalog says of photos and files, as plain frozen values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXIF = "exif"
"""Key of what the camera wrote in the JSON object that holds a photo's metadata."""


@dataclass(frozen=True)
class FileState:
    """What is compared to see whether a file changed.

    Attributes:
        size: bytes.
        mtime_ns: time of the last change, nanoseconds since 1970.
        content_hash: of all its bytes; None if they could not be read.
    """

    size: int
    mtime_ns: int
    content_hash: bytes | None

    def looks_like(self, status: os.stat_result) -> bool:
        """Say whether a file has this size and time, so that its content is taken to be the same."""
        return (status.st_size, status.st_mtime_ns) == (self.size, self.mtime_ns)


@dataclass(frozen=True)
class PhotoRecord:
    """One photo of a collection.

    Attributes:
        id: never given to another photo, even after this one is removed.
        path: absolute.
        file: the file as it was looked at last.
        width, height: of the upright photo in pixels; 0 if it was never readable.
        indexed: True if the collection holds features of it, so that searches find it.
        reason: why the file as it is now cannot be read; empty if it can. A photo that was indexed and then
            became unreadable stays indexed, with the features of its last readable content.
        metadata: free-form JSON object of the user.
        exif: what the camera wrote into the file, see `glocal.images.Exif`; None: not read yet.
    """

    id: int
    path: Path
    file: FileState
    width: int
    height: int
    indexed: bool
    reason: str
    metadata: Mapping[str, Any]
    exif: Mapping[str, Any] | None = None

    @property
    def facts(self) -> Mapping[str, Any]:
        """What is known of it: what the camera wrote, and the user's metadata, which comes first."""
        return facts_of({**self.metadata, EXIF: self.exif})


@dataclass(frozen=True)
class Counts:
    """How much a catalog holds.

    Attributes:
        photos: those that searches find.
        unreadable: those known but never readable.
        generation: number of changes so far.
    """

    photos: int
    unreadable: int
    generation: int


@dataclass(frozen=True, order=True)
class Commit:
    """The last change a reader has seen. Two catalogs with equal commits hold the same photos.

    Attributes:
        generation: number of committed changes so far.
        token: random bytes of this commit.
    """

    generation: int
    token: bytes


def facts_of(stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the facts of a photo by the JSON object that holds its metadata: see `PhotoRecord.facts`."""
    exif = stored.get(EXIF)
    own = {key: value for key, value in stored.items() if key != EXIF}
    return {**exif, **own} if isinstance(exif, dict) else own

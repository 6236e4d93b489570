"""Looking at a file to see whether it changed since the catalog saw it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from glocal.collection.catalog import Catalog, FileState, PhotoRecord
from glocal.errors import PhotoError
from glocal.images import content_hash


@dataclass(frozen=True)
class Seen:
    """A file as it is now, and what the catalog knows of it.

    Attributes:
        file: its state; the content hash is None if it cannot be read.
        known: the photo at this path, if there is one.
        settled: True if there is nothing to note: the file is as it was, or is gone.
        reason: why it cannot be read, as far as can be told without decoding it.
    """

    path: Path
    file: FileState
    known: PhotoRecord | None
    settled: bool
    reason: str

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

    A photo that is indexed although its file has become unreadable is read every time: what ails it, such as
    a permission or a network folder, may have been mended without changing the file. So is one that could not
    even be opened.
    """
    with catalog.snapshot() as snapshot:
        known = snapshot.photo(path)
    try:
        status = path.stat()
    except OSError as error:
        reason = f"cannot be looked at ({error.strerror}); check the path"
        return Seen(path, FileState(0, 0, None), known, settled=True, reason=reason)
    file = FileState(status.st_size, status.st_mtime_ns, None)
    if known is not None and not (known.indexed and known.reason):
        same = replace(file, content_hash=known.file.content_hash) == known.file
        if same and known.file.content_hash is not None:
            return Seen(path, known.file, known, settled=True, reason=known.reason)
    try:
        return Seen(path, replace(file, content_hash=content_hash(path)), known, settled=False, reason="")
    except PhotoError as error:
        return Seen(path, file, known, settled=False, reason=error.reason)


def is_gone(path: Path) -> bool:
    """Say whether there is no file at this path; one that cannot be looked at may still be there."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False

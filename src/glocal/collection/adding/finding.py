"""Find the photos below files and folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from glocal.errors import PhotoError
from glocal.images import PHOTO_SUFFIXES, describe

_Entry = tuple[Path, os.stat_result]


def find_photos(
    paths: Iterable[str | os.PathLike[str]], *, on_unreadable: Callable[[PhotoError], None] | None = None
) -> Iterator[Path]:
    """Walk files and folders, in the given order and sorted by name within each folder.

    A file given by name is always found, whatever its suffix. Of a folder, and of all below it, those files
    are found whose suffix is in `PHOTO_SUFFIXES`; names that begin with a dot are skipped. Symbolic links are
    followed. Each file and each folder is visited once: loops end, and further links to a file (symbolic or
    hard) are not found again.

    Args:
        paths: files and folders. All are checked before this function returns.
        on_unreadable: called with a folder or photo below a folder that cannot be looked at (no permission,
            vanished, a link that leads nowhere); the walk goes on. Without it, that error is raised.

    Returns:
        Absolute paths, each folder in them without links: one file has one name.

    Raises:
        PhotoError: one of `paths` does not exist or cannot be looked at; or see `on_unreadable`.
    """
    starts = [(absolute_path(path), _status(path)) for path in paths]
    return _walk(starts, on_unreadable or _fail)


def _walk(starts: list[_Entry], on_unreadable: Callable[[PhotoError], None]) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()
    folders = [iter(starts)]  # those being walked, the innermost last; no recursion, so any depth will do
    while folders:
        entry = next(folders[-1], None)
        if entry is None:
            folders.pop()
            continue
        path, status = entry
        identity = status.st_dev, status.st_ino
        if identity in seen:
            continue
        seen.add(identity)
        if stat.S_ISDIR(status.st_mode):
            folders.append(_entries(path, on_unreadable))
        else:
            yield path


def _entries(folder: Path, on_unreadable: Callable[[PhotoError], None]) -> Iterator[_Entry]:
    """Give the photos and folders directly in `folder`, sorted by name."""
    real = Path(os.path.realpath(folder)) if folder.is_symlink() else folder
    try:
        names = sorted(os.listdir(real))  # noqa: PTH208  a million names, not yet paths
    except OSError as error:
        reason = f"the folder cannot be listed ({error.strerror}); check its permissions"
        on_unreadable(PhotoError(describe(folder), reason))
        return
    for name in names:
        if name.startswith("."):
            continue
        path = real / name
        is_photo = path.suffix.lower() in PHOTO_SUFFIXES
        try:
            status = _status(path)
        except PhotoError as error:
            if is_photo:
                on_unreadable(error)
            continue
        if stat.S_ISDIR(status.st_mode) or (is_photo and stat.S_ISREG(status.st_mode)):
            yield path, status


def absolute_path(path: str | os.PathLike[str]) -> Path:
    """Return the path with the links of its folder resolved, but not that of the file itself."""
    folder, name = os.path.split(path)
    if name in ("", ".", ".."):
        return Path(os.path.realpath(path))
    return Path(os.path.realpath(folder), name)


def _status(path: str | os.PathLike[str]) -> os.stat_result:
    try:
        return os.stat(path)  # noqa: PTH116  Path() would turn "" into the current folder
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        if isinstance(error, FileNotFoundError):
            reason = "no such file or folder, or a link that leads nowhere; check the path"
        else:
            cause = getattr(error, "strerror", None) or "not a valid path"
            reason = f"cannot be looked at ({cause}); check the path and its permissions"
        raise PhotoError(describe(path), reason) from error


def _fail(error: PhotoError) -> None:
    raise error

"""Find the photos below files and folders: by the same rules for searching, training and measuring."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from glocal.errors import PhotoError
from glocal.images.formats import PHOTO_SUFFIXES
from glocal.images.photo import describe

PathLike = str | os.PathLike[str]
Why = Literal["hidden", "no photo", "found before", "in no subfolder"]

_WORDS: dict[Why, tuple[str, str]] = {
    "hidden": ("hidden name", "hidden names"),
    "no photo": ("file that is no photo", "files that are no photos"),
    "found before": ("further link to the same file or folder", "further links to the same files or folders"),
    "in no subfolder": ("photo in no subfolder", "photos in no subfolder"),
}


@dataclass
class PassedOver:
    """How many files and folders a walk did not take, and why. Give one to `find_photos`; it counts."""

    counts: dict[Why, int] = field(default_factory=dict)

    def count(self, why: Why) -> None:
        """Count one more. "in no subfolder" is said by those that take photos from subfolders alone."""
        self.counts[why] = self.counts.get(why, 0) + 1

    def __str__(self) -> str:
        """Return one line, empty if nothing was passed over: "passed over: 2 hidden names"."""
        parts = [f"{count} {_WORDS[why][count > 1]}" for why, count in self.counts.items()]
        return f"passed over: {', '.join(parts)}" if parts else ""


class FoundPhoto(NamedTuple):
    """A photo, and the name under which a walk met it.

    Attributes:
        path: absolute, each folder in it without links: one file has one path.
        name: relative to the folder the walk began in, with "/" and with the names of links that were followed; of
            a file given by name, its own.
    """

    path: Path
    name: str


class _Entry(NamedTuple):
    path: Path
    name: str
    status: os.stat_result


def find_photos(
    paths: Iterable[PathLike],
    *,
    on_unreadable: Callable[[PhotoError], None] | None = None,
    passed_over: PassedOver | None = None,
) -> Iterator[Path]:
    """Give the paths of `walk_photos`."""
    found = walk_photos(paths, on_unreadable=on_unreadable, passed_over=passed_over)
    return (photo.path for photo in found)


def walk_photos(
    paths: Iterable[PathLike],
    *,
    on_unreadable: Callable[[PhotoError], None] | None = None,
    passed_over: PassedOver | None = None,
) -> Iterator[FoundPhoto]:
    """Walk files and folders, in the given order and sorted by name within each folder.

    A file given by name is always found, whatever its name. Of a folder, and of all below it, those files
    are found whose suffix is in `PHOTO_SUFFIXES`. Names that begin with a dot are passed over: hidden folders, the
    `._` files of macOS, `.ipynb_checkpoints`. Symbolic links are followed. Each file and each folder is visited
    once: loops end, and further links to a file (symbolic or hard) are not found again.

    Args:
        paths: files and folders. All are checked before this function returns.
        on_unreadable: called with a folder or photo below a folder that cannot be looked at (no permission,
            vanished, a link that leads nowhere); the walk goes on. Without it, that error is raised.
        passed_over: counts what is not taken, as the walk meets it.

    Raises:
        PhotoError: one of `paths` does not exist or cannot be looked at; or see `on_unreadable`.
    """
    starts = [_Entry(absolute_path(path), "", _status(path)) for path in paths]
    return _walk(starts, on_unreadable or _fail, (passed_over or PassedOver()).count)


def _walk(
    starts: list[_Entry], on_unreadable: Callable[[PhotoError], None], pass_over: Callable[[Why], None]
) -> Iterator[FoundPhoto]:
    seen: set[tuple[int, int]] = set()
    folders = [iter(starts)]  # those being walked, the innermost last; no recursion, so any depth will do
    while folders:
        entry = next(folders[-1], None)
        if entry is None:
            folders.pop()
            continue
        path, name, status = entry
        identity = status.st_dev, status.st_ino
        if identity in seen:
            pass_over("found before")
            continue
        seen.add(identity)
        if stat.S_ISDIR(status.st_mode):
            folders.append(_entries(path, name, on_unreadable, pass_over))
        else:
            yield FoundPhoto(path, name or path.name)


def _entries(
    folder: Path, prefix: str, on_unreadable: Callable[[PhotoError], None], pass_over: Callable[[Why], None]
) -> Iterator[_Entry]:
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
            pass_over("hidden")
            continue
        path = real / name
        is_photo = path.suffix.lower() in PHOTO_SUFFIXES
        try:
            status = _status(path)
        except PhotoError as error:
            if is_photo:
                on_unreadable(error)
            else:
                pass_over("no photo")
            continue
        if stat.S_ISDIR(status.st_mode) or (is_photo and stat.S_ISREG(status.st_mode)):
            yield _Entry(path, f"{prefix}/{name}" if prefix else name, status)
        else:
            pass_over("no photo")


def absolute_path(path: PathLike) -> Path:
    """Return the path with the links of its folder resolved, but not that of the file itself."""
    folder, name = os.path.split(path)
    if name in ("", ".", ".."):
        return Path(os.path.realpath(path))
    return Path(os.path.realpath(folder), name)


def _status(path: PathLike) -> os.stat_result:
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

"""Find the photos below files and folders: by the same rules for searching, training and measuring."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from glocal.errors import PhotoError, StoreError
from glocal.images.exclusion import IGNORE_FILE, SYSTEM_FOLDERS, Exclusions
from glocal.images.formats import PHOTO_SUFFIXES, has_photo_signature
from glocal.images.passed_over import PassedOver
from glocal.images.photo import describe
from glocal.images.reading import photo_size
from glocal.images.stores import Address, as_address, status_of

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class FindRules:
    """What a walk leaves out beside hidden names, folders of systems and what `.glocalignore` files name.

    Attributes:
        exclude: patterns as in gitignore, relative to each folder a walk begins in.
        min_side: photos whose longest side has fewer pixels are left out; their headers are read for it.
        follow_links: whether symbolic links below a folder are followed.
    """

    exclude: tuple[str, ...] = ()
    min_side: int = 0
    follow_links: bool = True


DEFAULT_RULES = FindRules()


class FoundPhoto(NamedTuple):
    """A photo, and the name under which a walk met it.

    Attributes:
        path: absolute, each folder in it without links: one file has one path. Of an object in a store, its address.
        name: relative to the folder the walk began in, with "/" and with the names of links that were followed; of
            a file given by name, its own.
    """

    path: Path
    name: str


class _Entry(NamedTuple):
    """A file or folder on the way; `rules` hold for what is in it, if it is a folder."""

    path: Path
    name: str
    status: os.stat_result
    rules: Exclusions


def find_photos(
    paths: Iterable[PathLike],
    *,
    rules: FindRules = DEFAULT_RULES,
    on_unreadable: Callable[[PhotoError], None] | None = None,
    passed_over: PassedOver | None = None,
) -> Iterator[Path]:
    """Give the paths of `walk_photos`."""
    found = walk_photos(paths, rules=rules, on_unreadable=on_unreadable, passed_over=passed_over)
    return (photo.path for photo in found)


def walk_photos(
    paths: Iterable[PathLike],
    *,
    rules: FindRules = DEFAULT_RULES,
    on_unreadable: Callable[[PhotoError], None] | None = None,
    passed_over: PassedOver | None = None,
) -> Iterator[FoundPhoto]:
    """Walk files and folders, in the given order and sorted by name within each folder.

    A file given by name is always found, whatever its name. Of a folder, and of all below it, those files
    are found whose suffix is in `PHOTO_SUFFIXES`, and those without a suffix that begin as a photo does. Passed over
    are names that begin with a dot (hidden folders, the `._` files of macOS), `SYSTEM_FOLDERS`, what a `.glocalignore`
    names, and what the rules say. Symbolic links are followed. Each file and each folder is visited
    once: loops end, and further links to a file (symbolic or hard) are not found again. What begins with s3:// is an
    address in a store, and is walked in the same way; there only suffixes tell what a photo is.

    Args:
        paths: files and folders. All are checked before this function returns.
        rules: what else to leave out.
        on_unreadable: called with a folder or photo below a folder that cannot be looked at (no permission,
            vanished, a link that leads nowhere); the walk goes on. Without it, that error is raised.
        passed_over: counts what is not taken, as the walk meets it.

    Raises:
        PhotoError: one of `paths` does not exist or cannot be looked at; a pattern is invalid; or see `on_unreadable`.
    """
    starts = []
    for path in paths:
        status, start = _status(path), absolute_path(path)
        folder = start if isinstance(start, Address) else Path(os.path.realpath(path))
        starts.append(_Entry(start, "", status, Exclusions.of(folder, rules.exclude)))
    walk = _Walk(rules, on_unreadable or _fail, passed_over or PassedOver())
    return walk.photos(starts)


class _Walk:
    """One walk: its rules, and whom to tell what it does not take."""

    def __init__(self, rules: FindRules, on_unreadable: Callable[[PhotoError], None], passed_over: PassedOver) -> None:
        self._rules = rules
        self._on_unreadable = on_unreadable
        self._pass_over = passed_over.count

    def photos(self, starts: list[_Entry]) -> Iterator[FoundPhoto]:
        seen: set[tuple[int, int]] = set()
        folders = [iter(starts)]  # those being walked, the innermost last; no recursion, so any depth will do
        while folders:
            entry = next(folders[-1], None)
            if entry is None:
                folders.pop()
                continue
            identity = entry.status.st_dev, entry.status.st_ino
            if identity in seen:
                self._pass_over("found before", entry.path)
                continue
            seen.add(identity)
            if stat.S_ISDIR(entry.status.st_mode):
                folders.append(self._entries(entry))
            elif entry.name and self._is_too_small(entry.path):
                self._pass_over("too small", entry.path)
            else:
                yield FoundPhoto(entry.path, entry.name or entry.path.name)

    def _entries(self, folder: _Entry) -> Iterator[_Entry]:
        """Give the photos and folders directly in a folder, sorted by name."""
        real = Path(os.path.realpath(folder.path)) if folder.path.is_symlink() else folder.path
        try:
            paths = self._paths_in(real)
            has_rules = not isinstance(real, Address) or real / IGNORE_FILE in paths
            rules = folder.rules.inside(real) if has_rules else folder.rules
        except OSError as error:
            reason = f"the folder cannot be listed ({error.strerror}); check its permissions"
            self._on_unreadable(PhotoError(describe(folder.path), reason))
            return
        except PhotoError as error:  # an ignore file cannot be read: take nothing rather than what it would leave out
            self._on_unreadable(error)
            return
        for path in paths:
            entry = self._entry(path, f"{folder.name}/{path.name}" if folder.name else path.name, rules)
            if entry is not None:
                yield entry

    def _paths_in(self, folder: Path) -> Iterable[Path]:
        """Return what lies directly in a folder, sorted by name, listed by now."""
        if isinstance(folder, Address):
            listing = folder.listing()
            for _ in range(listing.odd):
                self._pass_over("odd key", folder)
            return listing.paths
        names = sorted(os.listdir(folder))  # noqa: PTH208  a million names, not yet paths
        return (folder / name for name in names)

    def _entry(self, path: Path, name: str, rules: Exclusions) -> _Entry | None:
        """Look at a name in a folder; None if it is not taken, which is then counted or reported."""
        if path.name.startswith("."):
            return self._pass_over("hidden", path)
        if not self._rules.follow_links and path.is_symlink():
            return self._pass_over("link", path)
        by_suffix = path.suffix.lower() in PHOTO_SUFFIXES
        try:
            status = _status(path)
        except PhotoError as error:
            return self._on_unreadable(error) if by_suffix else self._pass_over("no photo", path)
        is_folder = stat.S_ISDIR(status.st_mode)
        if is_folder and path.name.lower() in SYSTEM_FOLDERS:
            return self._pass_over("system", path)
        if rules.exclude(path, is_folder=is_folder):
            return self._pass_over("excluded", path)
        if is_folder or (stat.S_ISREG(status.st_mode) and (by_suffix or _is_photo_without_suffix(path))):
            return _Entry(path, name, status, rules)
        return self._pass_over("no photo", path)

    def _is_too_small(self, path: Path) -> bool:
        """Say whether a photo has too few pixels; one that cannot be read has not, so that its reader reports it."""
        try:
            return self._rules.min_side > 0 and max(photo_size(path)) < self._rules.min_side
        except PhotoError:
            return False


def _is_photo_without_suffix(path: Path) -> bool:
    """Say whether a file whose name has no suffix, or a number for one ("scan.07"), holds a photo.

    Of an object in a store that is not asked: all of it would be read.
    """
    if isinstance(path, Address) or not (path.suffix == "" or path.suffix[1:].isdigit()):
        return False
    try:
        with path.open("rb") as stream:
            return has_photo_signature(stream)
    except OSError:
        return False


def absolute_path(path: PathLike) -> Path:
    """Return the path with the links of its folder resolved, but not that of the file itself; an address as it is.

    Raises:
        PhotoError: it holds a NUL byte, which no path does.
    """
    address = as_address(path)
    if address is not None:
        return address
    folder, name = os.path.split(path)
    try:
        if name in ("", ".", ".."):
            return Path(os.path.realpath(path))
        return Path(os.path.realpath(folder), name)
    except ValueError as error:
        raise PhotoError(describe(path), "is not a valid path; check it") from error


def _status(path: PathLike) -> os.stat_result:
    address = as_address(path)
    try:
        if address is not None:
            return status_of(address)
        return os.stat(path)  # noqa: PTH116  Path() would turn "" into the current folder
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        if address is not None:
            raise StoreError(describe(address), str(getattr(error, "strerror", error))) from error
        if isinstance(error, FileNotFoundError):
            reason = "no such file or folder, or a link that leads nowhere; check the path"
        else:
            cause = getattr(error, "strerror", None) or "not a valid path"
            reason = f"cannot be looked at ({cause}); check the path and its permissions"
        raise PhotoError(describe(path), reason) from error


def _fail(error: PhotoError) -> None:
    raise error

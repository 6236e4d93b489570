"""Tell when something in folders of photos has changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from glocal.errors import GlocalError, PhotoError
from glocal.images.exclusion import IGNORE_FILE
from glocal.images.finding import absolute_path
from glocal.images.formats import PHOTO_SUFFIXES
from glocal.images.photo import describe
from glocal.images.stores import as_address

QUIET_SECONDS = 1.0
"""Changes are told when nothing more has changed for so long: a rename or a saved file is one change."""

MOST_SECONDS = 30.0
"""While files keep changing, as in a long copy, changes are told so often."""


def watch_folders(folders: Sequence[Path], leave_out: Path) -> Iterator[frozenset[Path]]:
    """Yield the paths below folders that came, changed or went, about once a second; an empty set where none did.

    Watching begins with the first set: what changes afterwards is told, however late the next set is asked for. Hidden
    names and files whose suffix is of no photo are left out. The system has to tell; most network drives do not.

    Args:
        folders: to be watched, with all that is below.
        leave_out: a folder whose changes are not told: that of a collection which may lie below.

    Raises:
        PhotoError: one of `folders` is none.
        GlocalError: watchfiles is not installed, or the system does not watch so many folders.
    """
    for folder in folders:
        if as_address(folder) is not None:
            raise PhotoError(describe(folder), "stores cannot be watched; run the command again, without --watch")
        if not folder.is_dir():
            raise PhotoError(describe(folder), "is no folder; only folders can be watched")
    try:
        from watchfiles import watch
    except ModuleNotFoundError as error:
        raise GlocalError(f"watching needs {error.name}; install it with: pip install 'glocal[watch]'") from error
    relevant = _Relevant(tuple(Path(os.path.realpath(folder)) for folder in folders), Path(os.path.realpath(leave_out)))
    told = watch(
        *relevant.folders,
        watch_filter=lambda _, path: relevant(path),
        debounce=round(1000 * MOST_SECONDS),
        step=round(1000 * QUIET_SECONDS),
        rust_timeout=1000,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    try:
        for changes in told:
            yield frozenset(absolute_path(path) for _, path in changes)
    except OSError as error:
        remedy = "allow more (Linux: sysctl fs.inotify.max_user_watches), or watch fewer"
        raise GlocalError(f"the folders cannot be watched ({error}); {remedy}") from error


@dataclass(frozen=True)
class _Relevant:
    """Whether a change can matter to a collection.

    Attributes:
        folders: watched ones, without links.
        leave_out: a folder, without links.
    """

    folders: tuple[Path, ...]
    leave_out: Path

    def __call__(self, name: str) -> bool:
        """Say it of the path that changed."""
        path = Path(name)
        if path == self.leave_out or self.leave_out in path.parents:
            return False
        root = next((folder for folder in self.folders if folder in path.parents), path)
        *above, last = path.relative_to(root).parts or ("",)
        if any(part.startswith(".") for part in above):
            return False
        return last == IGNORE_FILE or (not last.startswith(".") and _may_be_photo_or_folder(path))


def _may_be_photo_or_folder(path: Path) -> bool:
    suffix = path.suffix.lower()
    return suffix in PHOTO_SUFFIXES or not suffix or suffix[1:].isdigit() or not path.is_file()

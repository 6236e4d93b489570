"""Names that a walk for photos leaves out: folders of systems, and what `.glocalignore` or the user excludes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from glocal.errors import PhotoError
from glocal.images.photo import describe

IGNORE_FILE = ".glocalignore"
"""A file of this name in a folder says by the rules of gitignore what is left out of the folder and all below it."""

SYSTEM_FOLDERS = frozenset(
    {
        "@eadir",  # thumbnails of Synology
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "lost.dir",
        "__macosx",
        "node_modules",
        "__pycache__",
    }
)
"""Folders that systems and programs make, in lower case: thumbnails, deleted files, packages. Never walked into."""


@dataclass(frozen=True)
class Exclusions:
    """Rules that hold in a folder, those of inner folders before those of outer ones, as git reads them.

    Attributes:
        rules: pairs of the folder that rules are relative to, and the rules; the ones that decide come first.
    """

    rules: tuple[tuple[Path, GitIgnoreSpec], ...] = ()

    @classmethod
    def of(cls, folder: Path, patterns: Iterable[str]) -> Exclusions:
        """Return rules from a user's patterns, relative to a folder.

        Raises:
            PhotoError: a pattern is none that gitignore knows.
        """
        lines = tuple(patterns)
        return cls(((folder, _read(lines, describe(folder))),)) if lines else cls()

    def inside(self, folder: Path) -> Exclusions:
        """Return the rules that hold in a folder below: with those of its ignore file, if it has one.

        Raises:
            PhotoError: the ignore file cannot be read.
        """
        path = folder / IGNORE_FILE
        try:
            lines = path.read_bytes().decode("utf-8-sig", "surrogateescape").splitlines()
        except FileNotFoundError:
            return self
        except OSError as error:
            raise PhotoError(describe(path), f"cannot be read ({error.strerror}); check its permissions") from error
        return Exclusions(((folder, _read(lines, describe(path))), *self.rules))

    def exclude(self, path: Path, *, is_folder: bool) -> bool:
        """Say whether a file or folder is left out. The first rules that say anything of it decide."""
        for base, spec in self.rules:
            name = os.path.relpath(path, base) + ("/" if is_folder else "")
            decided = spec.check_file(name).include
            if decided is not None:
                return decided
        return False


def _read(lines: Iterable[str], source: str) -> GitIgnoreSpec:
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise PhotoError(source, f"a pattern is not one of gitignore's ({error}); correct it") from error

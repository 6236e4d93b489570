"""A folder per identity: what one folder, with all below it, holds shows the same thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.errors import PhotoError
from glocal.evaluation.errors import EvaluationError
from glocal.images import PassedOver, walk_photos


@dataclass(frozen=True, eq=False)
class IdentityFolders:
    """N photos and what they show, sorted by name.

    Attributes:
        folder: that holds a folder per identity.
        paths: N files.
        names: N names relative to `folder`.
        passed_over: one line that counts what was not taken; empty if nothing.
    """

    folder: Path
    paths: tuple[Path, ...]
    names: tuple[str, ...]
    passed_over: str = ""

    @cached_property
    def identities(self) -> tuple[str, ...]:
        """The identity of each photo: the name of its folder in `folder`."""
        return tuple(name.partition("/")[0] for name in self.names)

    @cached_property
    def rows(self) -> dict[str, NDArray[np.int64]]:
        """The photos of each identity, as rows in increasing order."""
        rows: defaultdict[str, list[int]] = defaultdict(list)
        for row, identity in enumerate(self.identities):
            rows[identity].append(row)
        return {identity: np.array(members, np.int64) for identity, members in rows.items()}

    def only(self, wanted: Callable[[str], bool]) -> IdentityFolders:
        """Return the photos of the identities that are wanted."""
        kept = [row for row, identity in enumerate(self.identities) if wanted(identity)]
        paths, names = tuple(self.paths[row] for row in kept), tuple(self.names[row] for row in kept)
        return replace(self, paths=paths, names=names)


def find_identity_folders(folder: Path) -> IdentityFolders:
    """Find the photos in the subfolders of a folder, by the rules of `glocal.images.walk_photos`.

    Raises:
        EvaluationError: no such folder, no photos in subfolders, or a photo or folder that cannot be looked at: a
            measure of the rest would be another measure.
    """
    if not folder.is_dir():
        raise EvaluationError(f"{folder}: no such folder")
    passed_over = PassedOver()
    paths, names = [], []
    try:
        for path, name in walk_photos([folder], passed_over=passed_over):
            if "/" in name:
                paths.append(path)
                names.append(name)
            else:
                passed_over.count("in no subfolder")
    except PhotoError as error:
        raise EvaluationError(str(error)) from error
    if not paths:
        raise EvaluationError(
            f"{folder}: no photos in subfolders; put the photos of each thing into a folder of its own"
        )
    return IdentityFolders(folder, tuple(paths), tuple(names), str(passed_over))

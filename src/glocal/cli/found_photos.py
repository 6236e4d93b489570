"""The photos that a command is given, found and told of in one way."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from glocal.cli.output import note
from glocal.evaluation.datasets import IdentityFolders, find_identity_folders
from glocal.images import PassedOver, find_photos


def found_photos(paths: Iterable[Path]) -> list[Path]:
    """Return the photos among files and folders, and say what was passed over.

    Raises:
        PhotoError: a path does not exist, or a folder cannot be listed.
    """
    passed_over = PassedOver()
    photos = list(find_photos(paths, passed_over=passed_over))
    note(str(passed_over))
    return photos


def found_identities(folder: Path, distractors: Iterable[Path] | None) -> tuple[IdentityFolders, list[Path]]:
    """Return a folder per identity and the distractors, and say what was passed over in both.

    Raises:
        EvaluationError: there are no such folders.
        PhotoError: as `found_photos` says.
    """
    folders, passed_over = find_identity_folders(folder), PassedOver()
    others = list(find_photos(distractors or (), passed_over=passed_over))
    note(folders.passed_over)
    note(str(passed_over))
    return folders, others

"""Whether photos that are missing were deleted, or lie on a drive that is not there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from glocal.images import Address, describe, path_of

MOST = 0.5
"""Where more than this share of all photos is missing, something else than deleting is likely."""


def doubt(photos: Sequence[Path], missing: Sequence[Path]) -> str:
    """Return why it is doubtful that missing photos were deleted; empty if it is not.

    Args:
        photos: all photos of a collection, absolute.
        missing: those whose files are not there.
    """
    if len(missing) > MOST * len(photos):
        return f"{len(missing)} of {len(photos)} photos are missing"
    parted = zip(_parted(photos), _parted(missing), strict=True)
    return next(filter(None, (_doubt_of_one_place(known, gone) for known, gone in parted)), "")


def _parted(paths: Sequence[Path]) -> tuple[Sequence[Path], Sequence[Path]]:
    """Return the addresses in a store, and the paths on disk: no folder is common to both."""
    addresses = [path for path in paths if isinstance(path, Address)]
    return addresses, [path for path in paths if not isinstance(path, Address)]


def _doubt_of_one_place(photos: Sequence[Path], missing: Sequence[Path]) -> str:
    """Return the reason of `doubt` that lies in the folders, all of them in a store or all on disk."""
    common = path_of(os.path.commonpath(photos)) if photos else Path()
    left = {_below(path, common) for path in set(photos) - set(missing)}
    if missing and not left:
        return f"no photo is left below {describe(common)}"
    gone = sorted({_below(path, common) for path in missing} - left - {common})
    return f"no photo is left below {describe(gone[0])}" if gone else ""


def _below(path: Path, common: Path) -> Path:
    """Return the folder of a photo that lies directly below the one common to all; that itself if the photo does."""
    parts = path.parent.relative_to(common).parts if path != common else ()
    return common / parts[0] if parts else common

"""Whether photos that are missing were deleted, or lie on a drive that is not there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from glocal.images import describe

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
    common = Path(os.path.commonpath(photos)) if photos else Path()
    left = {_below(path, common) for path in set(photos) - set(missing)}
    gone = sorted({_below(path, common) for path in missing} - left - {common})
    return f"no photo is left below {describe(gone[0])}" if gone else ""


def _below(path: Path, common: Path) -> Path:
    """Return the folder of a photo that lies directly below the one common to all; that itself if the photo does."""
    parts = path.parent.relative_to(common).parts if path != common else ()
    return common / parts[0] if parts else common

"""The files of hits, put in a folder to work with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from glocal.collection import Hit
from glocal.errors import GlocalError
from glocal.images import describe


@dataclass(frozen=True)
class HitFolder:
    """A folder that the files of hits are put in, named by rank: `0001_name.jpg`. Nothing in it is overwritten.

    Attributes:
        folder: made if it is not there.
        link: make symbolic links instead of copies.
    """

    folder: Path
    link: bool

    def put(self, hits: Sequence[Hit], below: str = "") -> None:
        """Copy or link the files.

        Args:
            hits: in their order.
            below: name of a folder in the folder.

        Raises:
            GlocalError: a name is taken.
            OSError: a file is gone, or the folder cannot be written.
        """
        folder = self.folder / below
        folder.mkdir(parents=True, exist_ok=True)
        for rank, hit in enumerate(hits, 1):
            target = folder / f"{rank:04}_{hit.path.name}"
            if os.path.lexists(target):
                raise GlocalError(f"{describe(target)}: is there already; name an empty or a new folder")
            if self.link:
                target.symlink_to(hit.path)
            else:
                shutil.copy2(hit.path, target)

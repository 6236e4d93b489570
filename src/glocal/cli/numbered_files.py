"""Files put into a folder to work with, copied or linked, named by their number: `0001_name.jpg`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from glocal.errors import GlocalError
from glocal.images import Address, describe


def numbered(number: int, name: str) -> str:
    """Return a name with its number before it, so that files stand in that order."""
    return f"{number:04}_{name}"


def put_numbered(paths: Iterable[Path], folder: Path, *, link: bool) -> None:
    """Copy or link files into a folder that is there. Nothing in it is overwritten.

    Args:
        paths: in their order.
        folder: where to.
        link: make symbolic links instead of copies.

    Raises:
        GlocalError: a name is taken, or a photo to link to lies in a store.
        OSError: a file is gone, or the folder cannot be written.
    """
    for number, path in enumerate(paths, 1):
        target = folder / numbered(number, path.name)
        if os.path.lexists(target):
            raise GlocalError(f"{describe(target)}: is there already; name an empty or a new folder")
        if isinstance(path, Address):
            if link:
                raise GlocalError(f"{describe(path)}: lies in a store, where no link leads; copy it instead")
            target.write_bytes(path.read_bytes())
        elif link:
            target.symlink_to(path)
        else:
            shutil.copy2(path, target)

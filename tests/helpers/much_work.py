"""Work that lasts: for tests that look at a job while it runs."""

from __future__ import annotations

import shutil
from pathlib import Path

COPIES = 10
"""Of each photo. A hundred example photos so often are work that no machine gets through while a job is looked at."""


def copy_many_times(photos: Path, folder: Path) -> None:
    """Write photos to a folder many times over, each a file of its own to whoever compares their bytes."""
    for copy in range(COPIES):
        shutil.copytree(photos, folder / str(copy))
        for photo in (folder / str(copy)).rglob("*.jpg"):
            with photo.open("ab") as file:
                file.write(f"copy {copy}".encode())

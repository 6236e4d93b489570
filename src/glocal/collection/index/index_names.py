"""The names of the index's files: each that is written has a new one.

Searches map the file they found. A name used again would be what a copy of the folder is written into, under those
searches: they would read other bytes, or end by SIGBUS where the copy is shorter.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from glob import escape
from pathlib import Path

from glocal.collection.catalog import Commit


def new_name(path: Path, commit: Commit) -> Path:
    """Return a name for the file of a commit: "global.index" becomes "global-000000000012-9f86d081.index"."""
    return path.with_name(f"{path.stem}-{commit.generation:012}-{secrets.token_hex(4)}{path.suffix}")


def index_files(path: Path) -> list[Path]:
    """Return the files there are, the latest commit's first: one, unless a writer was interrupted."""
    return sorted(path.parent.glob(f"{escape(path.stem)}-*{escape(path.suffix)}"), reverse=True)


def forget_index_files(path: Path, kept: Path | None = None) -> None:
    """Delete the files that are not `kept`, and one named as former versions did; who has mapped one keeps it."""
    for file in (path, *index_files(path)):
        if file != kept:
            with suppress(OSError):
                file.unlink()

"""What is done with files of copies: listed in a script, or moved; never deleted."""

from __future__ import annotations

import csv
import shlex
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from glocal.cli.numbered_files import numbered
from glocal.cli.output import note
from glocal.collection import KeptPhoto, PhotoRecord
from glocal.errors import GlocalError
from glocal.images import Address, describe

MOVED = "moved.csv"


def movable(kept: KeptPhoto) -> Iterator[tuple[Path, str]]:
    """Yield the files that could go, each with what is said of it; none if a file is no longer as it was compared."""
    copies = [copy for copy in kept.copies if copy.could_go]
    changed = [photo.path for photo in (kept.photo, *(copy.photo for copy in copies)) if not _is_as_indexed(photo)]
    if changed:
        note(f"{describe(changed[0])}: changed or gone since it was indexed; its copies stay. Index again")
        return
    for copy in copies:
        if isinstance(copy.photo.path, Address):
            note(f"{describe(copy.photo.path)}: lies in a store, where glocal changes nothing; remove it there")
            continue
        yield copy.photo.path, ", ".join(copy.differs) or "the same bytes"


def removal_script(kept: Sequence[KeptPhoto]) -> str:
    """Return a POSIX shell script that removes what could go, each file by a line that says why."""
    lines = [
        "#!/bin/sh",
        "# Removes copies that `glocal duplicates` found. Delete the lines of files that should stay.",
    ]
    for one in kept:
        lines.append(f"\n# kept: {describe(one.photo.path)}")
        lines += [f"rm -- {shlex.quote(str(path))}  # {why}" for path, why in movable(one)]
    return "\n".join(lines) + "\n"


def move_files(kept: Sequence[KeptPhoto], folder: Path) -> int:
    """Move what could go into an empty or new folder, with a table of where each file was; return how many.

    Raises:
        GlocalError: the folder holds something, or a file of a copy lies in it.
        OSError: a file cannot be moved; those before are, and are in the table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise GlocalError(f"{describe(folder)}: is not empty; name a new folder")
    number = 0
    with (folder / MOVED).open("x", newline="", encoding="utf-8", errors="surrogateescape") as table:
        rows = csv.writer(table)
        rows.writerow(("from", "to", "kept", "differs"))
        for one in kept:
            for path, why in movable(one):
                number += 1
                target = folder / numbered(number, path.name)
                rows.writerow((path, target, one.photo.path, why))
                table.flush()
                shutil.move(path, target)
    return number


def _is_as_indexed(photo: PhotoRecord) -> bool:
    try:
        status = photo.path.stat()
    except OSError:
        return False
    return photo.file.looks_like(status)

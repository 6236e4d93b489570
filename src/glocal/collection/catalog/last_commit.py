"""The last change that was acknowledged, in a file of its own: what shows that a catalog has lost some.

SQLite reads its write-ahead log up to the first damage, and takes what follows for a transaction that was never
finished. This file is written after a commit is safe on disk: a catalog that does not know its commit lost it.
"""

from __future__ import annotations

import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path

from glocal.collection.catalog.records import Commit

LAST_COMMIT = "last.commit"
_MAGIC = b"glocal commit 1\n"
_RECORD = struct.Struct("<16sQ16s")
_DIGEST = struct.Struct("<I")


def note_commit(folder: Path, commit: Commit) -> None:
    """Write it down, unless a later one is there. Where that cannot be done, nothing is lost but the warning."""
    known = noted_commit(folder)
    if known is not None and known.generation >= commit.generation:
        return
    with suppress(OSError):
        write_commit_note(folder, commit)


def write_commit_note(folder: Path, commit: Commit) -> None:
    """Write it down, whatever is there: over it, in one call, so that a killed process leaves the old note or the new.

    Raises:
        OSError: it cannot be written.
    """
    record = _RECORD.pack(_MAGIC, commit.generation, commit.token)
    file = os.open(folder / LAST_COMMIT, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    try:
        os.write(file, record + _DIGEST.pack(zlib.crc32(record)))
    finally:
        os.close(file)


def noted_commit(folder: Path) -> Commit | None:
    """Return the commit that was written down last; None if there is none, or it is damaged."""
    try:
        content = (folder / LAST_COMMIT).read_bytes()
    except OSError:
        return None
    record, digest = content[: _RECORD.size], content[_RECORD.size :]
    if len(record) < _RECORD.size or not record.startswith(_MAGIC) or digest != _DIGEST.pack(zlib.crc32(record)):
        return None
    _, generation, token = _RECORD.unpack(record)
    return Commit(generation, token)


def is_noted_soundly(folder: Path) -> bool:
    """Say whether the note is sound, or there is none: an empty one is what a kill may leave."""
    path = folder / LAST_COMMIT
    return noted_commit(folder) is not None or not path.exists() or path.stat().st_size == 0

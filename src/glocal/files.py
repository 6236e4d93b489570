"""Files that are whole or not there: written under a temporary name, flushed to disk, then renamed."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import Any

UNFINISHED = ".unfinished"
"""Suffix of files under construction; found later, they are what a crash left behind."""


def write_whole(path: str | os.PathLike[str], data: bytes | memoryview | str) -> None:
    """Write a file such that a crash or a full disk leaves the old file or the new one, never a part.

    Links are followed, and permissions of an old file kept. What is no regular file, as `/dev/stdout`, is written to
    directly.

    Args:
        path: of the file, in a folder that exists.
        data: its content. A text becomes UTF-8; bytes of file names in it that are no UTF-8 are written as
            escapes, which JSON reads back.

    Raises:
        OSError: the file cannot be written, or the disk is full. `filename` is `path`.
    """
    content = data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)
            return
        with unfinished(target) as draft:
            draft.write_bytes(content)
            publish(draft, target)
    except OSError as error:
        error.filename, error.filename2 = os.fspath(path), None
        raise


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write a value as indented JSON, see `write_whole`.

    Raises:
        OSError: the file cannot be written.
        ValueError: the value holds NaN or infinity, which JSON has not.
    """
    write_whole(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Lend a new name beside `path`; a file left under it is deleted, unless `publish` renamed it."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}{UNFINISHED}")
    try:
        yield draft
    finally:
        for left in draft.parent.glob(f"{escape(draft.name)}*"):  # SQLite keeps more files beside its own
            with suppress(OSError):
                left.unlink()


def publish(draft: Path, path: Path) -> None:
    """Give a complete file its name such that a power cut leaves the old file or the new one.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    if path.exists():
        shutil.copymode(path, draft)
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    if os.name == "nt":  # Windows opens no folders, and keeps names durable by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clear_unfinished(path: Path) -> None:
    """Delete what crashes left behind of `path`. A writer at work on it starts anew."""
    for left in path.parent.glob(f"{escape(path.name)}.*{UNFINISHED}*"):
        with suppress(OSError):
            left.unlink()

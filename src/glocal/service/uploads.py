"""What clients send: streamed to disk, named by its content, and refused at once if it cannot be read."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from glocal.errors import PhotoError
from glocal.files import sync_folder
from glocal.images import PHOTO_SUFFIXES, photo_size, read_photo
from glocal.service.problems import Problem, sentence

_PIECE = 1024 * 1024
_DRAFT = ".new"
_STALE_SECONDS = 3600.0
_IDENTITY = re.compile(r"[0-9a-f]{32}")
_LONGEST_NAME = 80
_SMALL = 320
"""Pixels of the longest side: a JPEG is decoded about so small to try it, which still reads all of it."""


def keep(stream: BinaryIO, folder: Path, max_pixels: int, *, name: str | None = None) -> Path:
    """Save an uploaded photo below `folder`, durably, under the hash of its content.

    Args:
        stream: its bytes.
        folder: on a disk with room.
        max_pixels: photos with more are refused by their header.
        name: what the client calls it. With a name the photo becomes `folder/HASH/NAME`, else `folder/HASH`.

    Raises:
        Problem: it is no photo, is damaged, or has too many pixels (422).
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{secrets.token_hex(8)}{_DRAFT}"
    try:
        digest = _copy(stream, draft)
        check_photo(draft, max_pixels)
        _check_content(draft, max_pixels)
        path = folder / digest if name is None else folder / digest / safe_name(name)
        path.parent.mkdir(exist_ok=True)
        draft.replace(path)
        sync_folder(path.parent)
        sync_folder(folder)
    finally:
        draft.unlink(missing_ok=True)
    return path


def check_photo(path: Path, max_pixels: int) -> None:
    """Refuse, by its header alone, what is no photo or has too many pixels.

    Raises:
        Problem: it is refused (422).
    """
    try:
        width, height = photo_size(path)
    except PhotoError as error:
        raise Problem(422, sentence("The upload", error.reason)) from error
    if width * height > max_pixels:
        raise Problem(422, f"The photo has {width} x {height} pixels, more than {max_pixels}; make it smaller.")


def safe_name(name: str) -> str:
    """Return a file name that says what the client's said, and cannot mean a place."""
    plain = re.sub(r"[^\w.\- ]+", "_", name.replace("\\", "/").rpartition("/")[2]).strip(". ")
    stem, dot, suffix = plain.rpartition(".")
    if not dot or f".{suffix.lower()}" not in PHOTO_SUFFIXES:
        stem, suffix = plain, "photo"
    while len(stem.encode()) > _LONGEST_NAME:  # file systems limit bytes, and letters have up to four
        stem = stem[:-1]
    return f"{stem or 'photo'}.{suffix}"


def find_query(folder: Path, identity: str) -> Path:
    """Return the file of an uploaded query, and note that it is still in use.

    Raises:
        Problem: there is none (404).
    """
    path = folder / identity
    if not _IDENTITY.fullmatch(identity) or not path.is_file():
        raise Problem(404, "This query is no longer here; upload the photo again.")
    with suppress(OSError):  # the time of the last change stays: it tells caches that the content is the same
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
    return path


def make_room(folder: Path, most_bytes: int) -> None:
    """Delete the queries used longest ago until the rest fits, and what broken uploads left behind."""
    forget_drafts(folder)
    files = []
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):  # another worker was faster
            status = path.stat()
            if path.suffix != _DRAFT:
                files.append((status.st_atime, status.st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= most_bytes:
            break
        path.unlink(missing_ok=True)
        total -= size


def forget_drafts(folder: Path) -> None:
    """Delete what broken uploads left behind."""
    for path in folder.glob(f".*{_DRAFT}"):
        with suppress(OSError):  # another worker was faster
            if time.time() - path.stat().st_mtime > _STALE_SECONDS:
                path.unlink()


def _check_content(path: Path, max_pixels: int) -> None:
    """Refuse what cannot be decoded.

    Raises:
        Problem: it is refused (422).
    """
    try:
        read_photo(path, max_pixels=max_pixels, fit=_SMALL)
    except PhotoError as error:
        raise Problem(422, sentence("The upload", error.reason)) from error


def _copy(stream: BinaryIO, path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("wb") as file:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()

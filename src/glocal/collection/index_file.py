"""The cache of the global index on disk: never trusted blindly, never missed when it cannot be used.

The file: magic, length of the stamp, the stamp as JSON, FAISS's own format, and at the end a checksum of all that.
"""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path
from typing import IO

import faiss

from glocal.collection.folder import clear_unfinished, publish, unfinished
from glocal.collection.quantised import QuantisedDescriptors
from glocal.collection.records import Commit

_MAGIC = b"glocal index 1\n\0"
_LENGTH = struct.Struct("<I")
_CHUNK = 1 << 20


def write_index(path: Path, descriptors: QuantisedDescriptors, commit: Commit) -> bool:
    """Write the cache: whole, under a new name, then renamed.

    Args:
        commit: the state of the catalog that `descriptors` hold.

    Returns:
        False if the folder cannot be written or the disk is full: the cache is then simply not there.
    """
    stamp = {
        "generation": commit.generation,
        "token": commit.token.hex(),
        "error": descriptors.error,
        "fresh_error": descriptors.fresh_error,
    }
    text = json.dumps(stamp).encode()
    clear_unfinished(path)
    try:
        with unfinished(path) as draft:
            with draft.open("wb") as file:
                summed = _Summed(file)
                summed.write(_MAGIC + _LENGTH.pack(len(text)) + text)
                faiss.write_index(descriptors.index, faiss.PyCallbackIOWriter(summed.write))  # type: ignore[attr-defined]
                file.write(_LENGTH.pack(summed.checksum))
            publish(draft, path)
    except (OSError, RuntimeError):  # FAISS wraps the errors of the file it writes to
        return False
    return True


def read_index(path: Path) -> tuple[QuantisedDescriptors, Commit] | None:
    """Read the cache and the state of the catalog it holds; None if it is missing, cut short or garbled."""
    try:
        with path.open("rb") as file:
            if not _is_whole(file):
                return None
            file.seek(len(_MAGIC))
            (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
            stamp = json.loads(file.read(length))
            index = faiss.read_index(faiss.PyCallbackIOReader(file.read))  # type: ignore[attr-defined]
        if not isinstance(index, faiss.IndexIDMap):
            return None
        commit = Commit(stamp["generation"], bytes.fromhex(stamp["token"]))
        return QuantisedDescriptors(index, stamp["error"], stamp["fresh_error"]), commit
    except (OSError, RuntimeError, ValueError, KeyError):  # RuntimeError: FAISS, of a format it does not know
        return None


def _is_whole(file: IO[bytes]) -> bool:
    """Compare the checksum, before anything inside is taken seriously."""
    body = file.seek(0, io.SEEK_END) - _LENGTH.size
    file.seek(0)
    if body < len(_MAGIC) or file.read(len(_MAGIC)) != _MAGIC:
        return False
    checksum, left = zlib.crc32(_MAGIC), body - len(_MAGIC)
    while left:
        chunk = file.read(min(left, _CHUNK))
        if not chunk:
            return False
        checksum = zlib.crc32(chunk, checksum)
        left -= len(chunk)
    return file.read() == _LENGTH.pack(checksum)


class _Summed:
    """A file that keeps the checksum of what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.checksum = 0

    def write(self, data: bytes) -> int:
        self.checksum = zlib.crc32(data, self.checksum)
        return self._file.write(data)

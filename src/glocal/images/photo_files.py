"""Photos as files: opening them with clear errors, and the hash of their bytes."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from functools import partial
from pathlib import Path

from glocal.errors import PhotoError, StoreError
from glocal.images.photo import describe
from glocal.images.stores import as_address


def open_file(path: str | os.PathLike[str]) -> io.BufferedReader | io.BytesIO:
    """Open a photo's file for reading; what an address names is read whole.

    Raises:
        PhotoError: it is missing, empty, a folder, a pipe or device (reading one could block for ever),
            or may not be read.
        StoreError: the store it lies in does not give it.
    """
    name = describe(path)
    if (address := as_address(path)) is not None:
        try:
            return address.open()
        except OSError as error:
            raise StoreError(describe(address), str(error.strerror)) from error
    try:
        status = os.stat(path)  # noqa: PTH116  Path() would turn "" into the current folder
        if stat.S_ISDIR(status.st_mode):
            raise PhotoError(name, "is a folder, not a photo; name a photo in it")
        if not stat.S_ISREG(status.st_mode):
            raise PhotoError(name, "is not a regular file; save the photo to a file first")
        if status.st_size == 0:
            raise PhotoError(name, "the file is empty; copy or download it again")
        return Path(path).open("rb")
    except FileNotFoundError as error:
        raise PhotoError(name, "no such file; check the path") from error
    except PermissionError as error:
        raise PhotoError(name, "may not be read; change the file's permissions") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        reason = getattr(error, "strerror", None) or "not a valid path"
        raise PhotoError(name, f"cannot be opened ({reason}); check the path and the disk") from error


def content_hash(path: str | os.PathLike[str]) -> bytes:
    """Return 16 bytes that tell a file's content: the BLAKE2b hash (RFC 7693) of its bytes, read in pieces.

    Raises:
        PhotoError: the file cannot be read.
    """
    with open_file(path) as stream:
        try:
            digest = hashlib.file_digest(stream, partial(hashlib.blake2b, digest_size=16))
            return digest.digest()
        except OSError as error:
            reason = f"cannot be read ({error.strerror}); check the disk"
            raise PhotoError(describe(path), reason) from error

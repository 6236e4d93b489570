"""The address of a photo in an object store, used as paths are: most of the code need not know the difference."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PosixPath
from typing import Any

from glocal.images.stores.s3 import store

_BEGINNING = "s3:/"


class Address(PosixPath):
    """An address s3://BUCKET/KEY: a path whose questions the store answers.

    Attributes:
        listed: what a listing of its folder told of it; it may have changed since.

    Raises (all that asks the store):
        FileNotFoundError: the bucket is there, and nothing in it has this name.
        OSError: the store does not answer or refuses, or has no such bucket; `strerror` has the remedy.
        GlocalError: s3fs is not installed.
    """

    listed: os.stat_result | None = None

    def __str__(self) -> str:
        """Return s3://BUCKET/KEY; what is relative to another address reads as other relative paths do."""
        text = super().__str__()
        return text.replace(_BEGINNING, "s3://", 1) if text.startswith(_BEGINNING) else text

    @property
    def bucket(self) -> Address:
        """The bucket that it lies in, s3://BUCKET."""
        return Address(f"s3://{self._name.partition('/')[0]}")

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:  # noqa: ARG002  stores have no links
        """Ask what lies there: see `S3.status`."""
        return store().status(self._name)

    def lstat(self) -> os.stat_result:
        """Ask what lies there."""
        return self.stat()

    def exists(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002
        """Say whether it is known that something lies there."""
        return self._mode() != 0

    def is_file(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002
        """Say whether it is known that an object lies there."""
        return stat.S_ISREG(self._mode())

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002
        """Say whether it is known that objects lie below."""
        return stat.S_ISDIR(self._mode())

    def is_symlink(self) -> bool:
        """Say no."""
        return False

    def resolve(self, strict: bool = False) -> Address:  # noqa: ARG002
        """Return it: it is whole as it is."""
        return self

    def absolute(self) -> Address:
        """Return it: it is whole as it is."""
        return self

    def read_bytes(self) -> bytes:
        """Read all of an object; what was read last is kept, as long as it does not change."""
        return store().content(self._name)

    def open(self, mode: str = "rb", *_: Any) -> io.BytesIO:  # type: ignore[override]
        """Read all of an object, to be read as a file is."""
        if mode != "rb":
            raise ValueError("objects of a store are read as bytes")
        return io.BytesIO(self.read_bytes())

    def download(self, target: Path) -> None:
        """Write an object of any size into a file on disk."""
        store().download(self._name, target)

    def upload(self, source: Path) -> None:
        """Put a file on disk here, whole or not at all."""
        store().upload(source, self._name)

    def write_bytes(self, data: Any) -> int:
        """Put an object here, whole or not at all, in the place of another."""
        store().write(self._name, bytes(data))
        return len(data)

    def read_tagged(self) -> tuple[bytes, str]:
        """Read all of a small object, and its tag: another one in its place has another."""
        return store().tagged(self._name)

    def write_over(self, content: bytes, tag: str | None) -> None:
        """Put an object here in the place of the one that has a tag; None: of none. See `S3.replace`.

        Raises:
            ReplacedError: another one is here.
        """
        store().replace(self._name, content, tag)

    def delete(self) -> None:
        """Delete all that lies here and below; nothing there is no error."""
        store().delete(self._name)

    def listing(self) -> Listing:
        """Ask for all that lies directly below."""
        paths, odd = [], 0
        for name, status in store().below(self._name):
            path = Address(f"s3://{name}")
            if str(path) == f"s3://{name}":
                path.listed = status
                paths.append(path)
            elif status.st_size or stat.S_ISDIR(status.st_mode):  # else an empty object that stands for its folder
                odd += 1
        return Listing(tuple(sorted(paths)), odd)

    @property
    def _name(self) -> str:
        """Return BUCKET/KEY."""
        name = str(self)[len("s3://") :]
        if not name:
            raise OSError(0, "names no bucket; addresses are s3://BUCKET or s3://BUCKET/FOLDER", "s3://")
        return name

    def _mode(self) -> int:
        try:
            return self.stat().st_mode
        except OSError:
            return 0


@dataclass(frozen=True)
class Listing:
    """What lies directly below an address.

    Attributes:
        paths: objects and folders, sorted, each with what was told of it.
        odd: number of those whose keys have parts that are empty or ".": no path can name them.
    """

    paths: tuple[Address, ...]
    odd: int


def as_address(photo: object) -> Address | None:
    """Return the address that a text or path is; None if it is none.

    "s3:/bucket" counts too, as that is what a path makes of "s3://bucket"; a folder on disk that is really named "s3:"
    can be given by its absolute path.
    """
    if isinstance(photo, Address):
        return photo
    if os.name != "posix" or not isinstance(photo, str | os.PathLike):
        return None
    text = os.fspath(photo)
    return Address(text) if isinstance(text, str) and text.startswith(_BEGINNING) else None


def perhaps_gone(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the paths that a listing of their folder in a store does not hold, and those on disk, where none was asked.

    One listing answers for the photos of a folder that follow each other; asking for each would take as many requests.
    """
    listed: set[Path] = set()
    folder = None
    for path in paths:
        if isinstance(path, Address) and path.parent != folder:
            folder, listed = path.parent, _listed(path.parent)
        if path not in listed:
            yield path


def _listed(folder: Address) -> set[Path]:
    try:
        return set(folder.listing().paths)
    except OSError:
        return set()


def path_of(name: bytes | str) -> Path:
    """Return the path that a catalog has kept, which may be an address."""
    text = os.fsdecode(name)
    return as_address(text) or Path(text)


def status_of(path: Path) -> os.stat_result:
    """Return what is known of a file: of an object in a store what a listing has told, else as it is now.

    Raises:
        OSError: it cannot be looked at.
    """
    return path.listed if isinstance(path, Address) and path.listed is not None else path.stat()

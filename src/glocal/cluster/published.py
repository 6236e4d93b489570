"""What a store says of the shards that lie in it: `cluster.json` there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from glocal.cluster.layout import MANIFEST, Layout
from glocal.errors import CollectionError
from glocal.images import Address, as_address


@dataclass(frozen=True)
class PublishedShard:
    """A shard in a store.

    Attributes:
        version: of its photos: see `Collection.version`.
        files: names of its files, each with its bytes.

    Raises:
        ValueError: a name leads elsewhere.
    """

    version: str
    files: Mapping[str, int]

    def __post_init__(self) -> None:
        for name in (self.version, *self.files):
            if not name or Path(name).name != name or name.startswith("."):
                raise ValueError(f"{name!r} is no name of a file")


@dataclass(frozen=True)
class Published:
    """What `cluster.json` in a store says.

    Attributes:
        layout: number of shards and model.
        shards: each one, in their order.
    """

    layout: Layout
    shards: tuple[PublishedShard, ...]

    @staticmethod
    def exists(address: Address) -> bool:
        """Say whether a sharded collection was published there.

        Raises:
            CollectionError: the store does not answer.
        """
        with said(address):
            try:
                (address / MANIFEST).stat()
            except FileNotFoundError:
                return False
        return True

    @classmethod
    def read(cls, address: Address) -> Published:
        """Read it.

        Raises:
            CollectionError: there is none, it is damaged or of a newer format, or the store does not answer.
        """
        with said(address):
            try:
                content = (address / MANIFEST).read_bytes()
            except FileNotFoundError as error:
                raise CollectionError(f"{address}: no sharded collection was published here") from error
        layout = Layout.of(content, address / MANIFEST)
        try:
            shards = tuple(PublishedShard(**one) for one in json.loads(content)["published"])
        except (ValueError, TypeError, KeyError) as error:
            raise CollectionError(f"{address / MANIFEST}: is damaged; publish again") from error
        if len(shards) != layout.shards:
            raise CollectionError(f"{address / MANIFEST}: is damaged; publish again")
        return cls(layout, shards)


def store_address(text: str) -> Address:
    """Return the address in a store that a text names.

    Raises:
        CollectionError: it names none.
    """
    address = as_address(text)
    if address is None:
        raise CollectionError(f"{text}: is no address of a store; give one such as s3://BUCKET/FOLDER")
    return address


@contextmanager
def said(address: Address) -> Iterator[None]:
    """Say of an error of the store, or of the disk, what it is about."""
    try:
        yield
    except OSError as error:
        raise CollectionError(f"{error.filename or address}: {error.strerror or error}") from error

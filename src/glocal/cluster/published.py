"""What a store says of the shards that lie in it: `cluster.json` there."""

from __future__ import annotations

import errno
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from glocal.cluster.layout import MANIFEST, Layout
from glocal.errors import CollectionError
from glocal.images import Address, ReplacedError, as_address

JUDGEMENTS = "judgements"


class OvertakenError(CollectionError):
    """Another process published meanwhile."""


@dataclass(frozen=True)
class PublishedShard:
    """A shard in a store.

    Attributes:
        version: of its photos: see `Collection.version`.
        folder: that its files lie in, below that of the shard: see `new_name`.
        files: names of its files, each with its bytes.

    Raises:
        ValueError: a name leads elsewhere.
    """

    version: str
    folder: str
    files: Mapping[str, int]

    def __post_init__(self) -> None:
        for name in (self.folder, *self.files):
            _require_name(name)


@dataclass(frozen=True)
class Published:
    """What `cluster.json` in a store says.

    Attributes:
        layout: number of shards and model.
        generation: how many states were published here, this one too.
        shards: each one, in their order.
        judgements: what people said of hits: the name of the file in `JUDGEMENTS` there; None: nothing.

    Raises:
        ValueError: there are other shards than the layout says, or a name leads elsewhere.
    """

    layout: Layout
    generation: int
    shards: tuple[PublishedShard, ...]
    judgements: str | None

    def __post_init__(self) -> None:
        if self.generation < 1 or len(self.shards) != self.layout.shards:
            raise ValueError(f"state {self.generation} of {len(self.shards)} shards")
        if self.judgements is not None:
            _require_name(self.judgements)

    @classmethod
    def read(cls, address: Address) -> Published:
        """Read what was published.

        Raises:
            CollectionError: there is nothing, it is damaged or of a newer format, or the store does not answer.
        """
        published, _ = cls.read_tagged(address)
        if published is None:
            raise CollectionError(f"{address}: no sharded collection was published here")
        return published

    @classmethod
    def read_tagged(cls, address: Address) -> tuple[Published | None, str | None]:
        """Read what was published, and the tag that `publish` takes; None: nothing was.

        Raises:
            CollectionError: it is damaged or of a newer format, or the store does not answer.
        """
        with said(address):
            try:
                content, tag = (address / MANIFEST).read_tagged()
            except FileNotFoundError:
                return None, None
        layout = Layout.of(content, address / MANIFEST)
        try:
            fields = json.loads(content)
            shards = tuple(PublishedShard(**one) for one in fields["published"])
            return cls(layout, fields["generation"], shards, fields["judgements"]), tag
        except (ValueError, TypeError, KeyError) as error:
            raise CollectionError(f"{address / MANIFEST}: is damaged; delete it, and publish again") from error

    def folders(self, address: Address) -> Iterator[Path]:
        """Yield where the files of this state lie below an address."""
        for folder, shard in zip(self.layout.folders(address), self.shards, strict=True):
            yield folder / shard.folder
        if self.judgements is not None:
            yield address / JUDGEMENTS / self.judgements

    def publish(self, address: Address, tag: str | None) -> None:
        """Put this in the place of what has a tag, by one request. All that it names lies in the store.

        Raises:
            OvertakenError: another process published meanwhile; then that is what is there.
            CollectionError: the store does not answer.
        """
        fields = {
            **self.layout.to_dict(),
            "generation": self.generation,
            "published": [asdict(shard) for shard in self.shards],
            "judgements": self.judgements,
        }
        try:
            with said(address):
                (address / MANIFEST).write_over(json.dumps(fields, indent=2).encode(), tag)
        except OvertakenError:
            if self != Published.read(address):  # else the answer was lost, and the request was made again
                raise
        there = Published.read(address)
        if there != self and there.generation <= self.generation:  # the store knows no conditions
            with said(address):
                raise ReplacedError(errno.EEXIST, "was written by another process at the same moment")


def store_address(text: str) -> Address:
    """Return the address in a store that a text names.

    Raises:
        CollectionError: it names none.
    """
    address = as_address(text)
    if address is None:
        raise CollectionError(f"{text}: is no address of a store; give one such as s3://BUCKET/FOLDER")
    return address


def new_name(generation: int) -> str:
    """Return a name that no other process gives what it puts into the store for a state."""
    return f"{generation:08}-{secrets.token_hex(8)}"


def generation_of(name: str) -> int | None:
    """Return for which state `new_name` made a name; None: it did not."""
    number, _, rest = name.partition("-")
    return int(number) if number.isdecimal() and rest else None


def _require_name(name: str) -> None:
    if not name or Path(name).name != name or name.startswith("."):
        raise ValueError(f"{name!r} is no name of a file")


@contextmanager
def said(address: Address) -> Iterator[None]:
    """Say of an error of the store, or of the disk, what it is about."""
    try:
        yield
    except ReplacedError as error:
        raise OvertakenError(
            f"{address}: another process published here meanwhile, and nothing of this one was; "
            "run `glocal cluster fetch`, which brings what it changed, and publish again"
        ) from error
    except OSError as error:
        raise CollectionError(f"{error.filename or address}: {error.strerror or error}") from error

"""How full each shard is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glocal.cluster.layout import Layout
from glocal.collection import Collection


@dataclass(frozen=True)
class Shard:
    """One shard, as it is now.

    Attributes:
        folder: of the shard.
        photos: those that searches find.
        unreadable: those known but never readable.
        bytes: that its files take.
        missing: there is no collection in the folder.

    Raises:
        ValueError: a number is negative, or a missing shard holds photos.
    """

    folder: Path
    photos: int
    unreadable: int
    bytes: int
    missing: bool = False

    def __post_init__(self) -> None:
        if min(self.photos, self.unreadable, self.bytes) < 0 or (self.missing and self.photos):
            raise ValueError(f"a shard of {self.photos} photos, {self.unreadable} unreadable, {self.bytes} bytes")


def shards_of(root: Path) -> list[Shard]:
    """Return all shards of a sharded collection. Its model is not needed.

    Raises:
        CollectionError: there is none, or a shard is damaged or of a newer version.
    """
    return [_shard(folder) for folder in Layout.read(root).folders(root)]


def _shard(folder: Path) -> Shard:
    if not Collection.exists(folder):
        return Shard(folder, 0, 0, 0, missing=True)
    with Collection.open(folder) as opened:
        counts = opened.counts()
        return Shard(folder, counts.photos, counts.unreadable, opened.bytes_on_disk())

"""Which shard each photo of a run belongs to, and which shards must forget one because its file changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from glocal.cluster.layout import Layout
from glocal.collection import Collection, PhotoRecord
from glocal.cores import available_cores
from glocal.errors import PhotoError
from glocal.images import content_hash
from glocal.parallel_map import map_ahead

_AHEAD = 64


@dataclass(frozen=True)
class Assignment:
    """What a run does, shard by shard.

    Attributes:
        wanted: of each shard the photos that belong to it, in the order found.
        stale: of each shard the photos that it knows by a former content, and that belong to another now.
        unreadable: (photo, reason) of those that no shard knows and that cannot be read.
    """

    wanted: tuple[tuple[Path, ...], ...]
    stale: tuple[tuple[Path, ...], ...]
    unreadable: tuple[tuple[Path, str], ...]

    def __post_init__(self) -> None:
        if len(self.wanted) != len(self.stale):
            raise ValueError(f"photos of {len(self.wanted)} shards, former ones of {len(self.stale)}")


def assign(layout: Layout, shards: Sequence[Collection], photos: Iterable[Path]) -> Assignment:
    """Say where photos belong. Only files that are new, or whose size or time changed, are read.

    Args:
        layout: of the shards.
        shards: all of them, open.
        photos: absolute paths.

    Raises:
        CollectionError: a shard is damaged.
    """
    wanted: list[list[Path]] = [[] for _ in shards]
    stale: list[list[Path]] = [[] for _ in shards]
    unreadable = []
    placed = map_ahead(partial(_placed, layout, shards), photos, workers=available_cores(), ahead=_AHEAD)
    for path, knowing, found in placed:
        if isinstance(found, PhotoError):
            if not knowing:
                unreadable.append((path, found.reason))
                continue
            found = knowing[0]  # which notes that its file cannot be read, and keeps what it has
        wanted[found].append(path)
        for shard in knowing:
            if shard != found:
                stale[shard].append(path)
    return Assignment(tuple(map(tuple, wanted)), tuple(map(tuple, stale)), tuple(unreadable))


def _placed(layout: Layout, shards: Sequence[Collection], path: Path) -> tuple[Path, list[int], int | PhotoError]:
    """Return a photo, the shards that know it, and the one it belongs to or why that cannot be said."""
    records = {number: record for number, shard in enumerate(shards) if (record := shard.photo_at(path))}
    try:
        known = next((hashed for one in records.values() if (hashed := _unchanged(path, one))), None)
        return path, list(records), layout.shard_of(known or content_hash(path))
    except PhotoError as error:
        return path, list(records), error


def _unchanged(path: Path, record: PhotoRecord) -> bytes | None:
    """Return the hash that is known of a file's content, if its size and time are still those."""
    try:
        status = path.stat()
    except OSError:
        return None
    return record.file.content_hash if record.file.looks_like(status) else None

"""A sharded collection: searched as one, in this process."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from glocal.cluster.asking import Asking
from glocal.cluster.layout import Layout
from glocal.cluster.numbering import Numbering
from glocal.cluster.shards_reading import ShardsReading
from glocal.collection import (
    Allowed,
    Collection,
    Damage,
    Extractor,
    ModelIdentity,
    PathLike,
    PhotoRecord,
    Searching,
    known_photo,
)
from glocal.errors import CollectionError


class Cluster(Searching):
    """An open sharded collection. Made by `open`; safe to use from several threads.

    Its searches answer as those of one collection with all of its photos do: same photos, proofs and probabilities.
    Only ids are others: see `Numbering`. Photos without any difference, such as copies of one file, go by their ids
    where a search may take only some of them, and there the answers can differ.
    """

    def __init__(
        self, directory: Path, shards: Sequence[Collection], identity: ModelIdentity, model: Extractor
    ) -> None:
        super().__init__(identity, model)
        self.directory = directory
        self.shards = tuple(shards)
        self._numbers = Numbering(len(self.shards))

    @classmethod
    def open(cls, directory: PathLike, model: Extractor | None = None) -> Cluster:
        """Open a sharded collection.

        Args:
            directory: its folder.
            model: the model it was indexed with; if None it is loaded.

        Raises:
            CollectionError: there is none, or it or one of its shards is damaged, missing or of a newer version.
            ModelError: it was indexed with another model, or that is gone.
        """
        root = Path(directory)
        layout = Layout.read(root)
        if model is not None:
            layout.model.require(model)
        loaded = layout.model.load() if model is None else model
        with ExitStack() as opened:
            shards = [opened.enter_context(open_shard(folder, loaded)) for folder in layout.folders(root)]
            opened.pop_all()
        return cls(root, shards, layout.model, loaded)

    @staticmethod
    def exists(directory: PathLike) -> bool:
        """Say whether a folder holds a sharded collection."""
        return Layout.exists(Path(directory))

    def __repr__(self) -> str:
        """Return one line."""
        model = f"model {self.identity.name}, preset {self.identity.preset}"
        return f"Cluster({str(self.directory)!r}: {len(self)} photos in {len(self.shards)} shards, {model})"

    def close(self) -> None:
        """Close the files. Using the collection after that is a CollectionError."""
        for shard in self.shards:
            shard.close()

    def __enter__(self) -> Cluster:
        """Return the collection; it is closed at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """Return the number of photos that searches find."""
        return sum(map(len, self.shards))

    @contextmanager
    def reading(self) -> Iterator[ShardsReading]:
        """Lend the photos as they are now: what one search reads. Shards are read one moment each."""
        with self._reading_here() as reading:
            yield reading

    @contextmanager
    def _reading_here(self) -> Iterator[ShardsReading]:
        """Lend the photos as this process reads them."""
        with ExitStack() as opened:
            parts = [opened.enter_context(shard.reading()) for shard in self.shards]
            yield ShardsReading(parts, Asking([shard.directory.name for shard in self.shards]))

    def photos(self) -> Iterator[PhotoRecord]:
        """Yield all photos, unreadable ones too, in the order of their paths: see `Collection.photos`."""
        shards = (self._numbered(number, shard.photos()) for number, shard in enumerate(self.shards))
        return heapq.merge(*shards, key=lambda photo: os.fsencode(photo.path))

    def photo(self, photo: int) -> PhotoRecord:
        """Return a photo by its id.

        Raises:
            UnknownPhotoError: there is none.
        """
        return known_photo(photo, self.photos_with_ids([photo]), self.directory)

    def photo_at(self, path: PathLike) -> PhotoRecord | None:
        """Return the photo whose file this is, if it is known."""
        for number, shard in enumerate(self.shards):
            if found := shard.photo_at(path):
                return next(self._numbered(number, iter([found])))
        return None

    def photos_with_ids(self, photos: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return photos by their ids; those that are gone are left out."""
        with self._reading_here() as reading:
            return reading.photos_with_ids(photos)

    def select(self, allowed: Allowed) -> NDArray[np.int64]:
        """Return the ids [n], ascending, of the photos that are allowed."""
        with self._reading_here() as reading:
            return reading.select(allowed)

    @property
    def damage(self) -> list[Damage]:
        """What was found damaged since the collection was opened: answers are without it."""
        return [
            replace(found, photo=self._numbers.outer(number, found.photo))
            for number, shard in enumerate(self.shards)
            for found in shard.damage
        ]

    def _numbered(self, shard: int, photos: Iterator[PhotoRecord]) -> Iterator[PhotoRecord]:
        return (replace(photo, id=self._numbers.outer(shard, photo.id)) for photo in photos)


def open_shard(folder: Path, model: Extractor) -> Collection:
    """Open one shard.

    Raises:
        CollectionError: it is missing, damaged or of a newer version.
        ModelError: it was indexed with another model.
    """
    if not Collection.exists(folder):
        raise CollectionError(f"{folder}: this shard is missing; run `glocal cluster index` again, or restore a backup")
    return Collection.open(folder, model)

"""What shards know of their photos, as one collection would tell it."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.cluster.numbering import Numbering
from glocal.collection import (
    Allowed,
    Collection,
    Counts,
    Damage,
    Judgements,
    PathLike,
    PhotoRecord,
    Where,
    known_photo,
    require_metadata,
)
from glocal.errors import UnknownPhotoError
from glocal.features import CompactFeatures, View
from glocal.images import absolute_path, describe


class PhotosInShards:
    """The photos of all shards, by the numbers that `Numbering` gives; safe to use from several threads.

    Methods of the names that `Collection` has do what they do there.
    """

    def __init__(self, directory: Path, shards: Sequence[Collection]) -> None:
        self.directory = directory
        self.shards = tuple(shards)
        self._numbers = Numbering(len(self.shards))

    def __len__(self) -> int:
        """Return the number of photos that searches find."""
        return sum(map(len, self.shards))

    def counts(self) -> Counts:
        """Return how many photos there are, and how many changes were made so far, of all shards together."""
        parts = [shard.counts() for shard in self.shards]
        return Counts(
            sum(one.photos for one in parts), sum(one.unreadable for one in parts), sum(one.generation for one in parts)
        )

    def photos(self) -> Iterator[PhotoRecord]:
        """Yield all photos, unreadable ones too, in the order of their paths: see `Collection.photos`."""
        return _by_path(self._numbered(number, shard.photos()) for number, shard in enumerate(self.shards))

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
                return replace(found, id=self._numbers.outer(number, found.id))
        return None

    def photos_with_ids(self, photos: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return photos by their ids; those that are gone are left out."""
        found: dict[int, PhotoRecord] = {}
        for number, own in self._numbers.within(photos).items():
            found |= self._numbers.mapped(number, self.shards[number].photos_with_ids(own))
        return {photo: replace(record, id=photo) for photo, record in found.items()}

    def ids_at(self, path: PathLike) -> list[int]:
        """Return the ids of a photo, or of all photos below a folder: see `Collection.ids_at`."""
        return [
            self._numbers.outer(number, photo)
            for number in self._shards_knowing(path)
            for photo in self.shards[number].ids_at(path)
        ]

    def photos_with_content(self, content_hash: bytes) -> list[int]:
        """Return the ids of the photos whose files have this content, ascending."""
        return sorted(
            self._numbers.outer(number, photo)
            for number, shard in enumerate(self.shards)
            for photo in shard.photos_with_content(content_hash)
        )

    def page(self, after: PhotoRecord | None, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos in the order of their paths: see `Collection.page`."""
        parts = (self._numbered(number, shard.page(after, limit)) for number, shard in enumerate(self.shards))
        return list(islice(_by_path(parts), limit))

    def below(self, folder: Path, after: PhotoRecord | None, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos below a folder in the order of their paths: see `Collection.below`."""
        parts = (self._numbered(number, shard.below(folder, after, limit)) for number, shard in enumerate(self.shards))
        return list(islice(_by_path(parts), limit))

    def newest(self, before: int | None, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos by their ids, the greatest first: of each shard, those that came last."""
        parts = []
        for number, shard in enumerate(self.shards):
            inner = None if before is None else -((number - before) // len(self.shards))
            parts.append(self._numbered(number, shard.newest(inner, limit)))
        return list(islice(heapq.merge(*parts, key=lambda photo: -photo.id), limit))

    def unreadable(self, after: int | None, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos whose files cannot be read now, by id: see `Collection.unreadable`."""
        parts = []
        for number, shard in enumerate(self.shards):
            inner = None if after is None else (after - number) // len(self.shards)
            parts.append(self._numbered(number, shard.unreadable(inner, limit)))
        return list(islice(heapq.merge(*parts, key=lambda photo: photo.id), limit))

    def missing(self) -> list[Path]:
        """Return the photos whose files are gone from disk, in the order of their paths."""
        return list(heapq.merge(*(shard.missing() for shard in self.shards), key=os.fsencode))

    def folders(self) -> dict[Path, tuple[int, int]]:
        """Return the folders that hold photos, by path: the id of one of them, and their number."""
        found: dict[Path, tuple[int, int]] = {}
        for number, shard in enumerate(self.shards):
            for path, (photo, count) in shard.folders().items():
                first, known = found.get(path, (self._numbers.outer(number, photo), 0))
                found[path] = first, known + count
        return dict(sorted(found.items(), key=lambda one: os.fsencode(one[0])))

    def select(self, allowed: Allowed) -> NDArray[np.int64]:
        """Return the ids [n], ascending, of the photos that are allowed."""
        if not isinstance(allowed, Where) and not callable(allowed):
            return np.unique(np.fromiter(allowed, np.int64))
        parts = [shard.select(allowed) * len(self.shards) + number for number, shard in enumerate(self.shards)]
        return np.sort(np.concatenate(parts))

    def view(self, photo: int) -> View:
        """Return the stored features of a photo, to search for more like it: see `Collection.view`."""
        return self._shard_of(photo).view(self._numbers.inner(photo))

    def features(self, path: PathLike) -> CompactFeatures:
        """Return the stored local features of a photo: see `Collection.features`."""
        return self.shards[self._shard_at(path)].features(path)

    def descriptors(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the ids [n] of all photos, ascending, and their global descriptors: see `Collection.descriptors`."""
        parts = [shard.descriptors() for shard in self.shards]
        ids = np.concatenate([own * len(parts) + number for number, (own, _) in enumerate(parts)])
        vectors = [vectors for _, vectors in parts if len(vectors)]
        order = np.argsort(ids)
        return ids[order], np.concatenate(vectors)[order] if vectors else np.zeros((0, 0), np.float32)

    def annotate(self, path: PathLike, metadata: Mapping[str, Any]) -> None:
        """Replace the metadata of a photo: see `Collection.annotate`."""
        self.shards[self._shard_at(path)].annotate(path, metadata)

    def update_metadata(self, changes: Iterable[tuple[PathLike, Mapping[str, Any]]]) -> int:
        """Set keys of the metadata of photos: see `Collection.update_metadata`. Shards are changed one after the other.

        Returns:
            The number of photos whose metadata is another now.

        Raises:
            UnknownPhotoError, TypeError, ValueError: as of one collection; then nothing is changed.
            CollectionError: a shard cannot be written; those before it are changed.
        """
        own: dict[int, list[tuple[PathLike, Mapping[str, Any]]]] = {}
        for path, values in changes:
            require_metadata(values)
            for number in self._shards_knowing(path):
                own.setdefault(number, []).append((path, values))
        return sum(self.shards[number].update_metadata(of) for number, of in own.items())

    def bytes_on_disk(self) -> int:
        """Return what the files of all shards take now."""
        return sum(shard.bytes_on_disk() for shard in self.shards)

    @property
    def judgements(self) -> Judgements:
        """What people said of hits: the same thing or not."""
        return Judgements(self.directory)

    @property
    def damage(self) -> list[Damage]:
        """What was found damaged since the collection was opened: answers are without it."""
        return [
            replace(found, photo=self._numbers.outer(number, found.photo))
            for number, shard in enumerate(self.shards)
            for found in shard.damage
        ]

    def _shards_knowing(self, path: PathLike) -> list[int]:
        """Return the numbers of the shards that hold a photo, or photos below a folder.

        Raises:
            UnknownPhotoError: there is none.
        """
        shards = list(enumerate(self.shards))
        knowing = [number for number, shard in shards if shard.photo_at(path) is not None]
        if not knowing:  # a folder
            knowing = [number for number, shard in shards if shard.below(absolute_path(path), None, 1)]
        if not knowing:
            raise UnknownPhotoError(f"{describe(path)}: not in the collection {self.directory}; check the path")
        return knowing

    def _shard_at(self, path: PathLike) -> int:
        """Return the number of the shard that holds a photo.

        Raises:
            UnknownPhotoError: there is none.
        """
        for number, shard in enumerate(self.shards):
            if shard.photo_at(path) is not None:
                return number
        raise UnknownPhotoError(f"{describe(path)}: not in the collection {self.directory}; check the path")

    def _shard_of(self, photo: int) -> Collection:
        return self.shards[photo % len(self.shards)]

    def _numbered(self, shard: int, photos: Iterable[PhotoRecord]) -> Iterator[PhotoRecord]:
        return (replace(photo, id=self._numbers.outer(shard, photo.id)) for photo in photos)


def _by_path(parts: Iterable[Iterable[PhotoRecord]]) -> Iterator[PhotoRecord]:
    return heapq.merge(*parts, key=lambda photo: os.fsencode(photo.path))

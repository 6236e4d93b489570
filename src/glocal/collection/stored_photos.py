"""What a collection knows of its photos: read from the catalog, by id or by path."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.collection.adding import is_gone
from glocal.collection.catalog import Catalog, Commit, Counts, Damage, PhotoRecord, Snapshot, facts_of
from glocal.collection.conditions import Where
from glocal.errors import CollectionError, PhotoError, UnknownPhotoError
from glocal.features import CompactFeatures, View
from glocal.images import absolute_path, describe, perhaps_gone

PathLike = str | os.PathLike[str]

Predicate = Callable[[Mapping[str, Any]], bool]
"""Whether a photo may be found, decided by its metadata; below "exif" is what the camera wrote."""

Allowed = Iterable[int] | Predicate | Where
"""Which photos may be found: their ids, what their metadata must be like, or conditions."""

_PAGE = 1000


class StoredPhotos:
    """The photos of one collection; safe to use from several threads."""

    def __init__(self, directory: Path, catalog: Catalog) -> None:
        self.directory = directory
        self._catalog = catalog
        self._counted: tuple[Commit, Counts] | None = None

    def __len__(self) -> int:
        """Return the number of photos that searches find."""
        return self.counts().photos

    def counts(self) -> Counts:
        """Return how many photos there are, and how many changes were made so far."""
        with self._catalog.snapshot() as snapshot:
            commit, known = snapshot.commit(), self._counted
            if known is not None and known[0] == commit:
                return known[1]
            counts = snapshot.counts()  # reads an entry of every photo
        self._counted = commit, counts
        return counts

    @property
    def version(self) -> str:
        """The name of the state that the photos are in; copies of the collection have it while nothing is changed."""
        with self._catalog.snapshot() as snapshot:
            commit = snapshot.commit()
        return f"{commit.generation}-{commit.token.hex()}"

    def has_been(self, version: str) -> bool:
        """Say whether the photos were in a state once, or are: a long history is forgotten, and then they were not."""
        generation, _, token = version.partition("-")
        try:
            commit = Commit(int(generation), bytes.fromhex(token))
        except ValueError:
            return False
        with self._catalog.snapshot() as snapshot:
            return snapshot.knows(commit)

    def photo(self, photo: int) -> PhotoRecord:
        """Return a photo by its id.

        Raises:
            UnknownPhotoError: there is none.
        """
        return known_photo(photo, self.photos_with_ids([photo]), self.directory)

    def photo_at(self, path: PathLike) -> PhotoRecord | None:
        """Return the photo whose file this is, if it is known."""
        with self._catalog.snapshot() as snapshot:
            return snapshot.photo(absolute_path(path))

    def photos_with_ids(self, photos: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return photos by their ids; those that are gone are left out."""
        with self._catalog.snapshot() as snapshot:
            return snapshot.photos_with_ids(photos)

    def photos_with_content(self, content_hash: bytes) -> list[int]:
        """Return the ids of the photos whose files have this content, ascending."""
        with self._catalog.snapshot() as snapshot:
            return [photo.id for photo in snapshot.photos_with_content(content_hash)]

    def page(self, after: PhotoRecord | None, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos, unreadable ones too, in the order of their paths.

        Args:
            after: the last photo of the page before; None: from the start.
            limit: most photos returned.
        """
        with self._catalog.snapshot() as snapshot:
            return snapshot.photos_after(None if after is None else after.path, limit)

    def newest(self, before: int | None, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos, those that were added last first.

        Args:
            before: id of the last photo of the page before; None: from the last.
            limit: most photos returned.
        """
        with self._catalog.snapshot() as snapshot:
            return snapshot.photos_before(before, limit)

    def unreadable(self, after: int | None, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos whose files cannot be read now, by id, after a photo or from the first."""
        with self._catalog.snapshot() as snapshot:
            return snapshot.unreadable_after(after or 0, limit)

    def below(self, folder: Path, after: PhotoRecord | None, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos below a folder, an absolute path, in the order of their paths: see `page`."""
        with self._catalog.snapshot() as snapshot:
            return snapshot.photos_below(folder, None if after is None else after.path, limit)

    def folders(self) -> dict[Path, tuple[int, int]]:
        """Return the folders that hold photos, by path: the id of one of them, and their number."""
        with self._catalog.snapshot() as snapshot:
            return snapshot.firsts_by_folder()

    def ids_at(self, path: PathLike) -> list[int]:
        """Return the ids of a photo, or of all photos below a folder.

        Raises:
            UnknownPhotoError: there is none.
        """
        with self._catalog.snapshot() as snapshot:
            return self._known_below(snapshot, path)

    def photos(self) -> Iterator[PhotoRecord]:
        """Yield all photos, unreadable ones too, in the order of their paths.

        Photos that come or go meanwhile may be in it or not; the others are there once.
        """
        last: PhotoRecord | None = None
        while page := self.page(last, _PAGE):
            yield from page
            last = page[-1]

    def select(self, allowed: Allowed) -> NDArray[np.int64]:
        """Return the ids [n], ascending, of the photos that are allowed."""
        with self._catalog.snapshot() as snapshot:
            return selected(snapshot, allowed)

    def descriptors(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the ids [n] of all photos that searches find, ascending, and their global descriptors [n, D].

        The descriptors are float32, of length 1 up to the rounding of the 16 bits they are stored in; they take 4 n D
        bytes of memory. Photos by their ids: `photos_with_ids`.
        """
        with self._catalog.snapshot() as snapshot:
            blocks = list(snapshot.all_descriptors(_PAGE))
        ids = np.concatenate([np.zeros(0, np.int64), *(ids for ids, _ in blocks)])
        vectors = [vectors for _, vectors in blocks]
        return ids, np.concatenate(vectors) if vectors else np.zeros((0, 0), np.float32)

    def view(self, photo: int) -> View:
        """Return the stored features of a photo, to search for more like it.

        Raises:
            UnknownPhotoError: there is none.
            PhotoError: there are no features of it, as it was never readable, or they are damaged.
        """
        record = self.photo(photo)
        with self._catalog.snapshot() as snapshot:
            _, descriptors = snapshot.descriptors([photo])
            features = snapshot.features([photo])
        if photo not in features:
            raise PhotoError(describe(record.path), "has no features, as it cannot be read")
        return View(descriptors[0] / np.linalg.norm(descriptors[0]), features[photo])

    def missing(self) -> list[Path]:
        """Return the photos whose files are gone from disk or from their store, in the order of their paths.

        Those that cannot be looked at, because a store does not answer, are not among them.
        """
        return [path for path in perhaps_gone(photo.path for photo in self.photos()) if is_gone(path)]

    def features(self, path: PathLike) -> CompactFeatures:
        """Return the stored local features of a photo.

        Raises:
            CollectionError: the photo is not in the collection, was never readable, or is damaged in it.
        """
        with self._catalog.snapshot() as snapshot:
            photo = self._known(snapshot, path)
            if not photo.indexed:
                raise CollectionError(f"{photo.path}: has no features, as it cannot be read: {photo.reason}")
            features = snapshot.features([photo.id])
        if photo.id not in features:
            raise CollectionError(f"{describe(photo.path)}: its features are damaged; run `glocal repair`")
        return features[photo.id]

    def bytes_on_disk(self) -> int:
        """Return what the files of the collection take now: catalog and indexes."""
        return sum(file.stat().st_size for file in self.directory.iterdir() if file.is_file())

    @property
    def damage(self) -> list[Damage]:
        """What was found damaged since the collection was opened, by photo: answers are without it."""
        return self._catalog.damage.all()

    def _known_below(self, snapshot: Snapshot, path: PathLike) -> list[int]:
        """Return the ids of a photo, or of all photos below a folder."""
        ids = snapshot.ids_below(absolute_path(path))
        if not ids:
            raise UnknownPhotoError(f"{describe(path)}: not in the collection {self.directory}; check the path")
        return ids

    def _known(self, snapshot: Snapshot, path: PathLike) -> PhotoRecord:
        photo = snapshot.photo(absolute_path(path))
        if photo is None:
            raise UnknownPhotoError(f"{describe(path)}: not in the collection {self.directory}; check the path")
        return photo


def selected(snapshot: Snapshot, allowed: Allowed) -> NDArray[np.int64]:
    """Return the ids of the photos that are allowed, [n] ascending."""
    if callable(allowed):
        return snapshot.select(allowed)
    if not isinstance(allowed, Where):
        return np.unique(np.fromiter(allowed, np.int64))
    meet = snapshot.select(lambda metadata: allowed.holds(facts_of(metadata)))
    below = [np.array(snapshot.ids_below(folder), np.int64) for folder in allowed.folders]
    return reduce(np.intersect1d, below, meet)


def known_photo(photo: int, records: Mapping[int, PhotoRecord], directory: Path) -> PhotoRecord:
    """Return the record of a photo.

    Raises:
        UnknownPhotoError: it is not among those of the collection in this folder.
    """
    if photo not in records:
        raise UnknownPhotoError(f"there is no photo {photo} in the collection {directory}")
    return records[photo]

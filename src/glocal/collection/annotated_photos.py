"""The user's own metadata of photos: replaced, or changed key by key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from glocal.collection.catalog import EXIF
from glocal.collection.stored_photos import PathLike, StoredPhotos


class AnnotatedPhotos(StoredPhotos):
    """The photos of one collection, which their user says something of."""

    def annotate(self, path: PathLike, metadata: Mapping[str, Any]) -> None:
        """Replace the metadata of a photo, a JSON object. What the camera wrote stays.

        Raises:
            CollectionError: the photo is not in the collection, or it cannot be written.
            TypeError, ValueError: the metadata is not JSON, or has a key "exif", which is the camera's.
        """
        require_metadata(metadata)
        with self._catalog.change() as change:
            change.annotate(self._known(change, path).id, metadata)

    def update_metadata(self, changes: Iterable[tuple[PathLike, Mapping[str, Any]]]) -> int:
        """Set keys of the metadata of photos, all or, if anything is raised, none.

        Args:
            changes: a photo, or a folder that stands for all photos below it, and its keys with their values. None
                removes a key; the others stay.

        Returns:
            The number of photos whose metadata is another now.

        Raises:
            CollectionError: a photo is not in the collection, or it cannot be written.
            TypeError, ValueError: as of `annotate`.
        """
        changed = set()
        with self._catalog.change() as change:
            for path, values in changes:
                require_metadata(values)
                for photo in change.photos_with_ids(self._known_below(change, path)).values():
                    kept = {**photo.metadata, **values}
                    metadata = {key: value for key, value in kept.items() if value is not None or key not in values}
                    if metadata != photo.metadata:
                        change.annotate(photo.id, metadata)
                        changed.add(photo.id)
        return len(changed)


def require_metadata(metadata: Mapping[str, Any]) -> None:
    """Refuse what cannot be kept of a photo.

    Raises:
        TypeError, ValueError: it is not JSON, or has a key "exif", which is the camera's.
    """
    if EXIF in metadata:
        raise ValueError(f'"{EXIF}" is what the camera wrote into the file; choose another key')
    json.dumps(metadata, ensure_ascii=False, allow_nan=False).encode()

"""Photos copied from one collection into another, with all that is stored of them: nothing is extracted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from glocal.collection.catalog import CATALOG, LOCK, Catalog, Change, PhotoRecord, StoredFeatures, writer_lock
from glocal.collection.model_identity import ModelIdentity
from glocal.errors import ModelError


@dataclass(frozen=True)
class Copied:
    """What came of copying photos.

    Attributes:
        copied: photos that the other collection has now, or has as they are now.
        known: those that it had so already.
        damaged: paths of those left out, as what is stored of them is damaged.
    """

    copied: int = 0
    known: int = 0
    damaged: tuple[Path, ...] = ()

    def __add__(self, other: Copied) -> Copied:
        """Return what came of both."""
        return Copied(self.copied + other.copied, self.known + other.known, (*self.damaged, *other.damaged))


def copy_photos(source: Path, target: Path, photos: Sequence[int]) -> Copied:
    """Copy photos with features, metadata and what is noted of their files: all of them or, if it is interrupted, none.

    Args:
        source: folder of the collection that holds them.
        target: folder of one of the same model. Photos of the same paths there become like these.
        photos: their ids; those that are gone are left out.

    Raises:
        CollectionError: one of the collections is damaged, or photos are being added to the other, or it cannot be
            written.
        ModelError: their models differ.
    """
    with (
        closing(Catalog(source / CATALOG)) as read,
        closing(Catalog(target / CATALOG)) as written,
        writer_lock(target / LOCK, wait=0.0),
        read.snapshot() as snapshot,
        written.change() as change,
    ):
        if ModelIdentity.from_meta(snapshot.meta()) != ModelIdentity.from_meta(change.meta()):
            raise ModelError(f"{source} and {target} were indexed with different models; nothing is copied")
        records = list(snapshot.photos_with_ids(photos).values())
        new = [record for record in records if not _is_known(change, record)]
        stored = snapshot.stored([record.id for record in new])
        damaged = [record for record in new if record.indexed and record.id not in stored]
        for record in new:
            if record not in damaged:
                _put(change, record, stored.get(record.id))
        paths = tuple(record.path for record in damaged)
        return Copied(len(new) - len(damaged), len(records) - len(new), paths)


def _is_known(change: Change, record: PhotoRecord) -> bool:
    known = change.photo(record.path)
    return known is not None and replace(known, id=record.id) == record


def _put(change: Change, record: PhotoRecord, stored: StoredFeatures | None) -> None:
    if stored is None:
        change.put_unknown(record.path, record.file, record.reason)
    else:
        change.put(record.path, record.file, stored, record.exif)
        if record.reason:  # its file was readable once
            change.put_unreadable(record.path, record.file, record.reason)
    known = change.photo(record.path)
    if known is not None and known.metadata != record.metadata:
        change.annotate(known.id, record.metadata)

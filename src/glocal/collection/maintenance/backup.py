"""Copies of a collection: made while it is searched and added to, and put back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glocal.collection.catalog import (
    CATALOG,
    LOCK,
    Catalog,
    Commit,
    put_in_place,
    require_alone,
    require_vacant,
    writer_lock,
)
from glocal.collection.maintenance.beside_catalog import copy_beside
from glocal.collection.maintenance.checking import check_catalog
from glocal.errors import CollectionError
from glocal.files import clear_unfinished, unfinished
from glocal.progress import OnProgress, silent

WAIT_SECONDS = 2.0

KEPT_BEFORE = "catalog.before-restore.sqlite"
"""The catalog that was there before a backup was put in its place."""


@dataclass(frozen=True)
class BackupReport:
    """What a backup did.

    Attributes:
        photos: photos in the copy, unreadable ones too.
        judgements: of people, in the copy.
        sent_photos: files of photos in the copy that a service was sent; other photos' files are not copied.
        bytes: size of the copy.
        unchanged: the backup that was there holds the same, so nothing was copied.
    """

    photos: int
    judgements: int
    sent_photos: int
    bytes: int
    unchanged: bool


def back_up(folder: Path, target: Path, on_progress: OnProgress = silent) -> BackupReport:
    """Copy a collection as it is at one moment, while searching and adding go on.

    The copy is a collection itself: it holds the catalog, from which its indexes are made when it is first searched,
    and what cannot be made anew: judgements, and photos and tokens that a service keeps in the collection's folder. A
    backup of the same collection that is there is replaced once the new one is complete and sound; if nothing changed
    since, it stays. Judgements and sent photos that it has are never taken out of it.

    Args:
        folder: of the collection.
        target: a folder that is empty, does not exist, or holds a backup of this collection.
        on_progress: called with ("copying", pages done, pages in all), then as `check` calls it.

    Raises:
        CollectionError: the collection is damaged, the target holds something else, or cannot be written.
    """
    catalog = Catalog(folder / CATALOG)
    try:
        target.mkdir(parents=True, exist_ok=True)
        earlier = _earlier(catalog, target)
        with catalog.snapshot() as snapshot:
            unchanged = earlier is not None and earlier == snapshot.commit()
        if not unchanged:
            _replace(catalog, target, None, on_progress)
        return _finish(catalog, target, is_level=unchanged, renew_tokens=True)
    except OSError as error:
        raise CollectionError(f"{target}: cannot be written ({error.strerror})") from error
    finally:
        catalog.close()


def restore(backup: Path, folder: Path, *, replace: bool = False, on_progress: OnProgress = silent) -> BackupReport:
    """Make a collection of a backup.

    Args:
        backup: a folder that `back_up` wrote, or any collection.
        folder: where to: a folder that is empty or does not exist; with `replace` also that of a collection.
        replace: put the backup in the place of a collection, whose catalog is kept beside it as `KEPT_BEFORE`. What
            people judged since the backup stays, and so do its tokens and the photos that were sent.
        on_progress: called as `back_up` calls it.

    Raises:
        CollectionError: the backup is damaged, the folder holds something, is in use, or cannot be written.
    """
    catalog = Catalog(backup / CATALOG)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        kept = None
        if replace and (folder / CATALOG).exists():
            require_alone(folder / CATALOG)
            kept = folder / KEPT_BEFORE
        else:
            require_vacant(folder)
        _replace(catalog, folder, kept, on_progress)
        return _finish(catalog, folder, is_level=False, renew_tokens=False)
    except OSError as error:
        raise CollectionError(f"{folder}: cannot be written ({error.strerror})") from error
    finally:
        catalog.close()


def _finish(catalog: Catalog, folder: Path, *, is_level: bool, renew_tokens: bool) -> BackupReport:
    """Copy what lies beside a catalog that was copied, or is level, and say what there is now."""
    beside = copy_beside(catalog.path.parent, folder, renew_tokens=renew_tokens)
    with catalog.snapshot() as snapshot:
        counts = snapshot.counts()
    return BackupReport(
        photos=counts.photos + counts.unreadable,
        judgements=beside.judgements,
        sent_photos=beside.sent_photos,
        bytes=(folder / CATALOG).stat().st_size + beside.bytes,
        unchanged=is_level and beside.unchanged,
    )


def _replace(catalog: Catalog, folder: Path, kept: Path | None, on_progress: OnProgress) -> None:
    """Put a copy of a catalog, once it is complete and sound, in the place of the one in a folder."""
    with writer_lock(folder / LOCK, wait=WAIT_SECONDS):
        clear_unfinished(folder / CATALOG)
        with unfinished(folder / CATALOG) as draft:
            catalog.copy(draft, on_progress)
            copy = Catalog(draft)
            try:
                damage = check_catalog(copy, on_progress).lines()
            finally:
                copy.close()
            if damage:
                raise CollectionError(f"{catalog.path.parent}: is damaged; run `glocal repair` first ({damage[0]})")
            put_in_place(draft, folder / CATALOG, kept)


def _earlier(catalog: Catalog, target: Path) -> Commit | None:
    """Return the commit of the backup that is in a folder; None if there is none.

    Raises:
        CollectionError: the folder holds something else.
    """
    if not (target / CATALOG).exists():
        require_vacant(target)
        return None
    require_alone(target / CATALOG)
    earlier = Catalog(target / CATALOG)
    try:
        with earlier.snapshot() as there:
            commit, meta = there.commit(), there.meta()
    finally:
        earlier.close()
    with catalog.snapshot() as here:
        if not here.knows(commit) or here.meta() != meta:
            raise CollectionError(
                f"{target}: holds another collection, or a later state of this one; name another folder"
            )
    return commit

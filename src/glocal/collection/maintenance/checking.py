"""Reading all of a collection, and its photos' files if asked for, and comparing it with what was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from glocal.collection.catalog import (
    CATALOG,
    INDEX,
    LAST_COMMIT,
    LOST,
    Catalog,
    CatalogDamageError,
    Damage,
    PhotoRecord,
    is_noted_soundly,
    kept_copies,
    require_plain,
)
from glocal.collection.index import damaged_index_files
from glocal.collection.local_index import damaged_files
from glocal.errors import PhotoError
from glocal.images import content_hash, describe
from glocal.progress import OnProgress, silent

FileState = Literal["damaged", "changed", "missing", "unreadable"]

_PAGE = 1000


@dataclass(frozen=True)
class FileDamage:
    """A photo's file that is not as it was indexed.

    Attributes:
        path: of the photo.
        state: "damaged": other bytes, though size and time of change are the same; "changed": those are others too, so
            that indexing again reads it; "missing"; or "unreadable".
    """

    path: Path
    state: FileState

    def __str__(self) -> str:
        """Name the file and what is wrong."""
        return f"{describe(self.path)}: the file is {self.state}"


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Attributes:
        photos: photos read.
        structure: damage of the catalog beyond single photos, a line each.
        damage: damage of single photos in the catalog.
        derived: damaged files that are made anew from the catalog.
        files: photos' files that are not as they were indexed; empty if they were not asked for.
    """

    photos: int
    structure: tuple[str, ...]
    damage: tuple[Damage, ...]
    derived: tuple[Path, ...]
    files: tuple[FileDamage, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Nothing is damaged. Files that changed or went are no damage: indexing again, or removing, sees to them."""
        return not (self.lines() or any(file.state == "damaged" for file in self.files))

    def lines(self) -> list[str]:
        """Return a line for each damage of the collection itself."""
        derived = [f"{describe(path)}: damaged; it is made anew by `glocal repair`" for path in self.derived]
        return [*self.structure, *map(str, self.damage), *derived]


def check(folder: Path, *, files: bool = False, on_progress: OnProgress = silent) -> CheckReport:
    """Read a whole collection and compare all of it with its digests.

    A clean check ends what an older format's copy of the catalog was kept for: it is deleted.

    Args:
        folder: of the collection.
        files: also read all photos' files, and compare them with what was indexed.
        on_progress: called with ("catalog" or "files", photos done, photos in all).

    Raises:
        CollectionError: there is no collection, or it is of a newer version, or cannot be read.
    """
    require_plain(folder)
    derived = tuple(_damaged_derived(folder))
    try:
        catalog = Catalog(folder / CATALOG)
    except CatalogDamageError as error:
        return CheckReport(0, (str(error),), (), derived)
    try:
        report = check_catalog(catalog, on_progress, derived)
        if files and not report.structure:
            report = replace(report, files=tuple(_check_files(catalog, report.photos, on_progress)))
    finally:
        catalog.close()
    if not report.lines():
        for copy in kept_copies(folder / CATALOG):
            copy.unlink()
    return report


def check_catalog(catalog: Catalog, on_progress: OnProgress, derived: tuple[Path, ...] = ()) -> CheckReport:
    """Read a whole catalog and compare all of it with its digests.

    Args:
        catalog: an open one.
        on_progress: called with ("catalog", photos done, photos in all).
        derived: damaged files beside it, for the report.
    """
    lost = (LOST,) if catalog.lost_changes else ()
    try:
        with catalog.snapshot() as snapshot:
            structure = (*lost, *snapshot.structural_damage())
            if len(structure) > len(lost):
                return CheckReport(0, structure, (), derived)
            damage = tuple(snapshot.damaged_photos(on_progress))
            counts = snapshot.counts()
    except CatalogDamageError as error:
        return CheckReport(0, (*lost, str(error)), (), derived)
    return CheckReport(counts.photos + counts.unreadable, structure, damage, derived)


def _damaged_derived(folder: Path) -> Iterator[Path]:
    """Yield the files beside the catalog that are damaged."""
    yield from damaged_index_files(folder / INDEX)
    yield from damaged_files(folder)
    if not is_noted_soundly(folder):
        yield folder / LAST_COMMIT


def _check_files(catalog: Catalog, total: int, on_progress: OnProgress) -> Iterator[FileDamage]:
    """Yield the photos' files that are not as they were indexed, by path."""
    last: Path | None = None
    done = 0
    while True:
        with catalog.snapshot() as snapshot:
            page = snapshot.photos_after(last, _PAGE)
        if not page:
            return
        last = page[-1].path
        for photo in page:
            state = _state(photo)
            if state is not None:
                yield FileDamage(photo.path, state)
            done += 1
            on_progress("files", done, total)


def _state(photo: PhotoRecord) -> FileState | None:
    try:
        status = photo.path.stat()
        if content_hash(photo.path) == photo.file.content_hash:
            return None
    except FileNotFoundError:
        return "missing"
    except (OSError, PhotoError):
        return "unreadable"
    return "damaged" if photo.file.looks_like(status) and photo.indexed and not photo.reason else "changed"

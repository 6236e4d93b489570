"""Bringing back what can be: derived files are made anew, damaged features are extracted anew, the rest is named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from glocal.collection.adding import Adding, is_gone
from glocal.collection.catalog import (
    CATALOG,
    INDEX,
    LAST_COMMIT,
    LOCK,
    Catalog,
    Salvage,
    SalvagedPhoto,
    hold,
    is_in_use,
    noted_commit,
    put_in_place,
    salvage,
    write_salvaged,
    writer_lock,
)
from glocal.collection.index import forget_index_files
from glocal.collection.local_index import forget_files
from glocal.collection.maintenance.checking import CheckReport, check
from glocal.collection.model_identity import Extractor, ModelIdentity
from glocal.errors import CollectionError
from glocal.files import clear_unfinished, unfinished
from glocal.images import describe
from glocal.progress import OnProgress, silent

WAIT_SECONDS = 2.0
_PAGE = 1000

SET_ASIDE = "catalog.damaged.sqlite"
"""The damaged catalog, kept until somebody deletes it."""

_FEATURES_LOST = "its features in the catalog were damaged"
"""Why a photo has none until its file is read again."""


@dataclass(frozen=True)
class RepairReport:
    """What a repair did.

    Attributes:
        found: what was damaged.
        extracted: photos whose features were extracted anew from their files.
        lost: a line for each photo, or part of one, that could not be brought back.
    """

    found: CheckReport
    extracted: tuple[Path, ...] = ()
    lost: tuple[str, ...] = ()


def repair(folder: Path, model: Extractor | None = None, on_progress: OnProgress = silent) -> RepairReport:
    """Bring back what is damaged of a collection.

    Damaged index files are made anew. Of a damaged catalog a new one takes the place, with all that is sound; the old
    one is kept beside it as `SET_ASIDE`. Photos whose features are damaged are read again from their files. Searches go
    on meanwhile, and writing waits; only a catalog that cannot be opened must not be open elsewhere.

    Args:
        folder: of the collection.
        model: what it was indexed with; None: as the catalog says.
        on_progress: called as `check` does, then with ("reading", photos done, photos in all).

    Raises:
        CollectionError: there is none, photos are being added, it is in use and cannot be opened anew, nothing of it
            can be read, or it cannot be written.
        ModelError: the model is gone. All but the photos to be read again is repaired then: index them.
    """
    found = check(folder, on_progress=on_progress)
    if found.derived:
        (folder / LAST_COMMIT).unlink(missing_ok=True)
        forget_index_files(folder / INDEX)
        forget_files(folder)
    sieve = _Sieve()
    try:
        if found.structure or found.damage:
            _rebuild(folder, sieve, model)
        else:
            sieve.again = dict.fromkeys(_left_to_read(folder))
    except OSError as error:
        raise CollectionError(f"{folder}: cannot be repaired ({error.strerror})") from error
    except sqlite3.Error as error:
        raise CollectionError(f"{folder}: nothing of the catalog can be read ({error}); restore a backup") from error
    extracted = _read_again(folder, sieve, model, on_progress) if sieve.again else ()
    return RepairReport(found, extracted, tuple(sieve.lost))


def _rebuild(folder: Path, sieve: _Sieve, model: Extractor | None) -> None:
    """Put a catalog of all that is sound in the place of the damaged one."""
    path, kept = folder / CATALOG, folder / SET_ASIDE
    with writer_lock(folder / LOCK, wait=WAIT_SECONDS):
        clear_unfinished(path)
        with unfinished(path) as draft:
            if is_in_use(path):
                with hold(path) as held:
                    held.copy(kept)
                    _write_sound(kept, draft, sieve, model)
                    held.write_over(draft)
            else:
                _write_sound(path, draft, sieve, model)
                put_in_place(draft, path, kept)


def _write_sound(damaged: Path, draft: Path, sieve: _Sieve, model: Extractor | None) -> None:
    """Write all of a damaged catalog that is sound into a new one; nobody may have either open."""
    folder = damaged.parent
    with unfinished(damaged) as copy, salvage(damaged, copy) as left:
        meta = left.meta() if model is None else ModelIdentity.of(model).to_meta()
        try:
            ModelIdentity.from_meta(meta)
        except CollectionError as error:
            remedy = "name it by --model, --preset and --precision, or restore a backup"
            raise CollectionError(f"{folder}: what the catalog says of its model is damaged; {remedy}") from error
        noted = noted_commit(folder)
        generation = max(left.last_generation(), noted.generation if noted else 0) + 1
        write_salvaged(draft, meta, sieve.sound(left), generation)


def _left_to_read(folder: Path) -> list[Path]:
    """Return the photos that a repair which was stopped had not read again yet."""
    catalog = Catalog(folder / CATALOG)
    try:
        left, last = [], None
        with catalog.snapshot() as snapshot:
            while page := snapshot.photos_after(last, _PAGE):
                left += [photo.path for photo in page if photo.reason == _FEATURES_LOST]
                last = page[-1].path
        return left
    finally:
        catalog.close()


class _Sieve:
    """Parts photos that are sound from those that have to be read again, and from what is lost."""

    def __init__(self) -> None:
        self.again: dict[Path, bytes | None] = {}
        """Photos to read again, each with its metadata if its record is made anew."""
        self.lost: list[str] = []

    def sound(self, left: Salvage) -> Iterator[SalvagedPhoto]:
        """Yield the photos whose records are sound, by id."""
        seen = set()
        for photo in left.photos():
            seen.add(photo.id)
            if not photo.metadata_sound:
                self.lost.append(f"{describe(photo.path)}: its metadata, {photo.facts[8]!r} as far as it can be read")
            if not photo.sound and is_gone(photo.path):
                self.lost.append(
                    f"photo {photo.id}, at {describe(photo.path)} as far as it can be read: its file is missing"
                )
            elif not photo.sound:
                self.again[photo.path] = photo.facts[8] if photo.metadata_sound else None
            elif photo.lacks_features or photo.facts[7] == _FEATURES_LOST.encode():
                self.again[photo.path] = None
                yield photo.without_features(_FEATURES_LOST)
            else:
                yield photo
        for photo_id, path in left.paths().items():
            if photo_id not in seen:
                self.again[path] = None
                self.lost.append(f"{describe(path)}: its metadata, if it had any")


def _read_again(folder: Path, sieve: _Sieve, model: Extractor | None, on_progress: OnProgress) -> tuple[Path, ...]:
    """Read photos again whose features or records are gone; return those that are indexed now."""
    catalog = Catalog(folder / CATALOG)
    try:
        if model is None:
            with catalog.snapshot() as snapshot:
                model = ModelIdentity.from_meta(snapshot.meta()).load()
        Adding(catalog, model, lambda _, done, total: on_progress("reading", done, total)).run(list(sieve.again))
        extracted = []
        with catalog.change() as change:
            for path, metadata in sieve.again.items():
                record = change.photo(path)
                if record is None or not record.indexed:
                    sieve.lost.append(f"{describe(path)}: its features, as its file is missing or cannot be read")
                    continue
                extracted.append(path)
                if metadata is not None:
                    change.annotate(record.id, json.loads(metadata))
        return tuple(extracted)
    finally:
        catalog.close()

"""A collection: a set of photos on disk that can be searched for the same thing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from glocal import showing
from glocal.collection.adding import Adding, AddReport
from glocal.collection.albums import Album, find_albums
from glocal.collection.catalog import (
    CATALOG,
    LOCK,
    Catalog,
    create_catalog,
    require_vacant,
    writer_lock,
)
from glocal.collection.duplicates import CollectionPhotos, DuplicateGroup, find_duplicates
from glocal.collection.judgements import Judgements
from glocal.collection.maintenance import (
    BackupReport,
    CheckReport,
    CompactReport,
    RepairReport,
    back_up,
    check,
    compact,
    repair,
    restore,
)
from glocal.collection.model_identity import Extractor, ModelIdentity
from glocal.collection.searched_photos import SearchedPhotos
from glocal.collection.stored_photos import PathLike
from glocal.collection.tables import TableCounts, write_tables
from glocal.counting import counted
from glocal.errors import CollectionError, GlocalError, PhotoError
from glocal.files import clear_unfinished
from glocal.images import DEFAULT_RULES, FindRules, PassedOver, find_photos, path_of
from glocal.progress import OnProgress, silent

WAIT_SECONDS = 2.0
"""A short `add` of another process is waited for; of a long one the user is told."""


class Collection(SearchedPhotos):
    """An open collection. Made by `create` or `open`; safe to use from several threads.

    Any number of processes may search a collection while one adds photos to it: each search sees all that
    was saved when it began.
    """

    @classmethod
    def create(cls, directory: PathLike, model: Extractor) -> Collection:
        """Make an empty collection: whole or, if it is interrupted, not at all.

        Args:
            directory: a folder that is empty or does not exist yet.
            model: what will extract the features of its photos, from now on.

        Raises:
            CollectionError: the folder holds a collection or something else, or cannot be written.
        """
        folder = Path(directory)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            require_vacant(folder)
        except OSError as error:
            raise CollectionError(f"{folder}: cannot be made a collection ({error.strerror})") from error
        with writer_lock(folder / LOCK, wait=WAIT_SECONDS):
            require_vacant(folder)  # nobody else was faster
            clear_unfinished(folder / CATALOG)
            create_catalog(folder / CATALOG, ModelIdentity.of(model).to_meta())
        return cls.open(folder, model)

    @classmethod
    def open(cls, directory: PathLike, model: Extractor | None = None) -> Collection:
        """Open a collection.

        Args:
            directory: its folder.
            model: the model it was indexed with; if None it is loaded when first needed.

        Raises:
            CollectionError: there is no collection, or it is damaged or of a newer version.
            ModelError: it was indexed with another model.
        """
        folder = Path(directory)
        catalog = Catalog(folder / CATALOG)
        try:
            with catalog.snapshot() as snapshot:
                identity = ModelIdentity.from_meta(snapshot.meta())
            if model is not None:
                identity.require(model)
        except GlocalError:
            catalog.close()
            raise
        return cls(folder, catalog, identity, model)

    @staticmethod
    def exists(directory: PathLike) -> bool:
        """Say whether a folder holds a collection."""
        return (Path(directory) / CATALOG).exists()

    def __repr__(self) -> str:
        """Return one line."""
        try:
            photos = counted(len(self), "photo")
        except CollectionError:
            photos = "closed"
        model = f"model {self.identity.name}, preset {self.identity.preset}"
        return f"Collection({str(self.directory)!r}: {photos}, {model})"

    def _repr_html_(self) -> str:
        return showing.html("collection_html", self)

    def close(self) -> None:
        """Close the files. Using the collection after that is a CollectionError."""
        self._catalog.close()

    def __enter__(self) -> Collection:
        """Return the collection; it is closed at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(
        self,
        paths: PathLike | Iterable[PathLike],
        on_progress: OnProgress = silent,
        rules: FindRules = DEFAULT_RULES,
    ) -> AddReport:
        """Add photos and folders of photos; what is in already is only read again if its file changed.

        Photos that moved are recognised by their content. A photo that cannot be read is noted with the reason;
        if it was readable before, its old features stay. Nothing is removed: see `missing`.

        Args:
            paths: files and folders, and addresses s3://BUCKET/FOLDER (`glocal[s3]`).
            on_progress: called with ("indexing", photos done, photos in all) after each photo. What is done is on
                disk some seconds later, when `len(collection)` counts it.
            rules: what to leave out below folders.

        Raises:
            PhotoError: one of `paths` does not exist, or a pattern of the rules is invalid.
            CollectionError: another process is adding, or the disk is full or cannot be written. All that
                was saved before stays.
            ModelError: the collection's model is gone.
        """
        failed, passed_over = list[PhotoError](), PassedOver()
        given = [paths] if isinstance(paths, str | os.PathLike) else paths
        found = find_photos(given, rules=rules, on_unreadable=failed.append, passed_over=passed_over)
        with writer_lock(self.directory / LOCK, wait=WAIT_SECONDS):
            report = Adding(self._catalog, self.model, on_progress).run(list(found))
            self._level_indexes()
        below = tuple((path_of(error.photo), error.reason) for error in failed)
        return replace(report, unreadable=(*report.unreadable, *below), passed_over=str(passed_over))

    def remove(self, paths: PathLike | Iterable[PathLike]) -> int:
        """Remove photos, or all photos below folders, from the collection; the files stay.

        Returns:
            The number of photos removed.

        Raises:
            CollectionError: one of them is not in the collection (then nothing is removed), or it cannot be
                written.
        """
        given = [paths] if isinstance(paths, str | os.PathLike) else paths
        with self._catalog.change() as change:
            ids: set[int] = set()
            for path in given:
                ids.update(self._known_below(change, path))
            change.remove(sorted(ids))
        return len(ids)

    def duplicates(self, *, turned: bool = True, on_progress: OnProgress = silent) -> list[DuplicateGroup]:
        """Find the photos that show the same picture: copies, also cropped, scaled, turned or mirrored ones.

        Every pair is proved by its pixels; two photos of the same place are not duplicates. See duplicates.py.

        Args:
            turned: also find quarter turns and mirror images; this takes longer than indexing did.
            on_progress: called after each photo; a photo is one step, or two if turned.

        Raises:
            CollectionError: the collection is damaged or was closed.
            ModelError: the collection's model is gone.
        """
        return find_duplicates(self.compared_photos, self.model, turned=turned, on_progress=on_progress)

    @property
    def compared_photos(self) -> CollectionPhotos:
        """Among which photos `duplicates` looks for copies."""
        return CollectionPhotos(self._catalog, self._index)

    def albums(self, *, on_progress: OnProgress = silent) -> list[Album]:
        """Sort the photos into albums of one thing each, held together by proofs: see `Album`, the largest first.

        Args:
            on_progress: called with ("comparing", photos done, photos in all) after each photo.

        Raises:
            CollectionError: the collection is damaged or was closed.
            ModelError: the collection's model is gone.
        """
        return find_albums(self, on_progress)

    def write_tables(
        self, file: PathLike, *, duplicates: bool = False, albums: bool = False, on_progress: OnProgress = silent
    ) -> TableCounts:
        """Write what is known of the photos into an SQLite file for other programs: see tables.py.

        Args:
            file: where; tables written before are replaced.
            duplicates, albums: look for these too.
            on_progress: called as those methods call it.

        Raises:
            CollectionError: the file is something else or cannot be written, or the collection is damaged.
        """
        copies = self.duplicates(on_progress=on_progress) if duplicates else None
        found = self.albums(on_progress=on_progress) if albums else None
        return write_tables(Path(file), self.photos(), copies, found)

    @property
    def judgements(self) -> Judgements:
        """What people said of hits: the same thing or not."""
        return Judgements(self.directory)

    def check(self, *, files: bool = False, on_progress: OnProgress = silent) -> CheckReport:
        """Read all of the collection and compare it with its digests, and photos' files with what was indexed.

        Args:
            files: also read the photos' files.
            on_progress: called with ("catalog" or "files", photos done, photos in all).

        Raises:
            CollectionError: it cannot be read. Damage is no error: see `CheckReport.is_sound`.
        """
        return check(self.directory, files=files, on_progress=on_progress)

    def backup(self, target: PathLike, on_progress: OnProgress = silent) -> BackupReport:
        """Copy the collection as it is now, while searching and adding go on: see `maintenance/backup.py`.

        Args:
            target: a folder that is empty, does not exist, or holds a backup of this collection.
            on_progress: called with ("copying", pages done, pages in all), then as `check` calls it.

        Raises:
            CollectionError: the collection is damaged, the target holds something else, or cannot be written.
        """
        return back_up(self.directory, Path(target), on_progress)

    def compact(self) -> CompactReport:
        """Give back the disk space that removed photos took.

        Raises:
            CollectionError: another process is adding, or the disk is full or cannot be written.
        """
        return compact(self.directory)

    @staticmethod
    def repair(directory: PathLike, model: Extractor | None = None, on_progress: OnProgress = silent) -> RepairReport:
        """Bring back what is damaged of a collection, also while it is searched: see `maintenance/repairing.py`.

        Args:
            directory: its folder.
            model: what it was indexed with; None: as the catalog says.
            on_progress: called as `check` does, then with ("reading", photos done, photos in all).

        Raises:
            CollectionError: there is none, photos are being added, nothing of it can be read, or it cannot be written.
            ModelError: photos have to be read again, and the model is gone.
        """
        return repair(Path(directory), model, on_progress)

    @staticmethod
    def restore(
        backup: PathLike, directory: PathLike, *, replace: bool = False, on_progress: OnProgress = silent
    ) -> BackupReport:
        """Make a collection of a backup.

        Args:
            backup: a folder that `backup` wrote.
            directory: a folder that is empty or does not exist; with `replace` also that of a collection, whose
                catalog is kept beside the new one.
            replace: allow that.
            on_progress: called as `backup` calls it.

        Raises:
            CollectionError: the backup is damaged, the folder holds something, is in use, or cannot be written.
        """
        return restore(Path(backup), Path(directory), replace=replace, on_progress=on_progress)

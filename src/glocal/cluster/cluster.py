"""A sharded collection: searched as one, in this process."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType

from glocal.cluster.adding import LOCK, add_photos, write_here
from glocal.cluster.asking import Asking
from glocal.cluster.compared_shards import ComparedShards
from glocal.cluster.layout import Layout, require_shard
from glocal.cluster.maintenance import (
    back_up_shards,
    check_shards,
    compact_shards,
    repair_shards,
    restore_shards,
)
from glocal.cluster.photos_in_shards import PhotosInShards
from glocal.cluster.shards_reading import ShardsReading
from glocal.collection import (
    AddReport,
    Album,
    BackupReport,
    CheckReport,
    Collection,
    CompactReport,
    DuplicateGroup,
    Extractor,
    ModelIdentity,
    ModelWhenNeeded,
    PathLike,
    PhotoSearch,
    RepairReport,
    TableCounts,
    find_albums,
    find_duplicates,
    write_tables,
    writer_lock,
)
from glocal.counting import counted
from glocal.images import DEFAULT_RULES, FindRules
from glocal.progress import OnProgress, silent

WAIT_SECONDS = 2.0
"""A short `add` of another process is waited for; of a long one the user is told."""


class Cluster(PhotosInShards, PhotoSearch):
    """An open sharded collection. Made by `open`; safe to use from several threads.

    Its searches answer as those of one collection with all of its photos do: same photos, proofs and probabilities.
    Only ids are others: see `Numbering`. Photos without any difference, such as copies of one file, go by their ids
    where a search may take only some of them, and there the answers can differ.
    """

    is_copy = False
    """Whether other machines have fetched the same shards from a store: they would not see what changes here."""

    def __init__(
        self, directory: Path, shards: Sequence[Collection], identity: ModelIdentity, model: Extractor
    ) -> None:
        PhotosInShards.__init__(self, directory, shards)
        PhotoSearch.__init__(self, identity, model)

    @classmethod
    def open(cls, directory: PathLike, model: Extractor | None = None) -> Cluster:
        """Open a sharded collection.

        Args:
            directory: its folder.
            model: the model it was indexed with; if None it is loaded when first needed.

        Raises:
            CollectionError: there is none, or it or one of its shards is damaged, missing or of a newer version.
            ModelError: it was indexed with another model.
        """
        root = Path(directory)
        layout = Layout.read(root)
        if model is not None:
            layout.model.require(model)
        shared = ModelWhenNeeded(layout.model) if model is None else model
        with ExitStack() as opened:
            shards = [opened.enter_context(open_shard(folder, shared)) for folder in layout.folders(root)]
            opened.pop_all()
        return cls(root, shards, layout.model, shared)

    @staticmethod
    def exists(directory: PathLike) -> bool:
        """Say whether a folder holds a sharded collection."""
        return Layout.exists(Path(directory))

    def __repr__(self) -> str:
        """Return one line."""
        model = f"model {self.identity.name}, preset {self.identity.preset}"
        held = f"{counted(len(self), 'photo')} in {counted(len(self.shards), 'shard')}"
        return f"Cluster({str(self.directory)!r}: {held}, {model})"

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

    def add(
        self,
        paths: PathLike | Iterable[PathLike],
        on_progress: OnProgress = silent,
        rules: FindRules = DEFAULT_RULES,
    ) -> AddReport:
        """Add photos and folders of photos, in this process: see `Collection.add`. Shards are written one by one.

        A photo whose content changed so that it belongs to another shard leaves the former one first, with metadata of
        the user's own.

        Raises:
            PhotoError: one of `paths` does not exist, or a pattern of the rules is invalid.
            CollectionError: another process is adding, or the disk is full or cannot be written. All that was saved
                before stays.
        """
        given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        with writer_lock(self.directory / LOCK, wait=WAIT_SECONDS):
            layout = Layout.read(self.directory)
            return add_photos(layout, self.shards, given, rules, partial(write_here, on_progress=on_progress))

    def remove(self, paths: PathLike | Iterable[PathLike]) -> int:
        """Remove photos, or all photos below folders: see `Collection.remove`. Shards are changed one after the other.

        Returns:
            The number of photos removed.

        Raises:
            UnknownPhotoError: one of them is not in the collection; then nothing is removed.
            CollectionError: a shard cannot be written.
        """
        given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        own: dict[int, list[PathLike]] = {}
        for path in given:
            for number in self._shards_knowing(path):
                own.setdefault(number, []).append(path)
        return sum(self.shards[number].remove(of) for number, of in own.items())

    def duplicates(self, *, turned: bool = True, on_progress: OnProgress = silent) -> list[DuplicateGroup]:
        """Find the photos of all shards that show the same picture: see `Collection.duplicates`."""
        photos = ComparedShards([shard.compared_photos for shard in self.shards])
        return find_duplicates(photos, self.model, turned=turned, on_progress=on_progress)

    def albums(self, *, on_progress: OnProgress = silent) -> list[Album]:
        """Sort the photos of all shards into albums, in this process: see `Collection.albums`."""
        return find_albums(Cluster(self.directory, self.shards, self.identity, self.model), on_progress)

    def write_tables(
        self, file: PathLike, *, duplicates: bool = False, albums: bool = False, on_progress: OnProgress = silent
    ) -> TableCounts:
        """Write what is known of the photos of all shards into an SQLite file: see `Collection.write_tables`."""
        copies = self.duplicates(on_progress=on_progress) if duplicates else None
        found = self.albums(on_progress=on_progress) if albums else None
        return write_tables(Path(file), self.photos(), copies, found)

    def check(self, *, files: bool = False, on_progress: OnProgress = silent) -> CheckReport:
        """Read all of every shard and compare it with its digests: see `Collection.check`."""
        return check_shards(self.directory, files=files, on_progress=on_progress)

    def backup(self, target: PathLike, on_progress: OnProgress = silent) -> BackupReport:
        """Copy all shards, one moment each, and what lies beside them, into a sharded collection of its own.

        Args:
            target: a folder that is empty, does not exist, or holds a backup of this sharded collection.
            on_progress: called of each shard as `Collection.backup` calls it.

        Raises:
            CollectionError: a shard is damaged, the target holds something else, or cannot be written.
        """
        return back_up_shards(self.directory, Path(target), on_progress)

    def compact(self) -> CompactReport:
        """Give back the disk space that removed photos took in all shards: see `Collection.compact`."""
        return compact_shards(self.directory)

    @staticmethod
    def restore(
        backup: PathLike, directory: PathLike, *, replace: bool = False, on_progress: OnProgress = silent
    ) -> BackupReport:
        """Make a sharded collection of a backup: see `Collection.restore`."""
        return restore_shards(Path(backup), Path(directory), replace=replace, on_progress=on_progress)

    @staticmethod
    def repair(directory: PathLike, model: Extractor | None = None, on_progress: OnProgress = silent) -> RepairReport:
        """Bring back what is damaged of any shard, also while it is searched: see `Collection.repair`."""
        return repair_shards(Path(directory), model, on_progress)

    @contextmanager
    def reading(self) -> Iterator[ShardsReading]:
        """Lend the photos as they are now: what one search reads. Shards are read one moment each."""
        with ExitStack() as opened:
            parts = [opened.enter_context(shard.reading()) for shard in self.shards]
            yield ShardsReading(parts, Asking([shard.directory.name for shard in self.shards]))


def open_shard(folder: Path, model: Extractor) -> Collection:
    """Open one shard.

    Raises:
        CollectionError: it is missing, damaged or of a newer version.
        ModelError: it was indexed with another model.
    """
    require_shard(folder)
    return Collection.open(folder, model)

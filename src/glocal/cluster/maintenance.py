"""Keeping all shards sound: check, back up, compact and repair them one after the other, and tell it as of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from glocal.cluster.layout import MANIFEST, Layout, require_shard
from glocal.cluster.numbering import Numbering
from glocal.collection import (
    BackupReport,
    CheckReport,
    Collection,
    CompactReport,
    Extractor,
    RepairReport,
    check,
    copy_beside,
)
from glocal.errors import CollectionError
from glocal.progress import OnProgress, silent


def check_shards(root: Path, *, files: bool = False, on_progress: OnProgress = silent) -> CheckReport:
    """Check every shard: see `Collection.check`. The model is not needed.

    Raises:
        CollectionError: there is no sharded collection, or a shard is missing or cannot be read.
    """
    folders = _folders(root)
    return _together({folder: check(folder, files=files, on_progress=on_progress) for folder in folders})


def repair_shards(root: Path, model: Extractor | None = None, on_progress: OnProgress = silent) -> RepairReport:
    """Repair every shard: see `Collection.repair`.

    Raises:
        CollectionError: there is no sharded collection, or a shard is missing or cannot be repaired.
        ModelError: photos have to be read again, and the model is gone.
    """
    folders = _folders(root)
    reports = {folder: Collection.repair(folder, model, on_progress) for folder in folders}
    return RepairReport(
        _together({folder: one.found for folder, one in reports.items()}),
        tuple(path for one in reports.values() for path in one.extracted),
        tuple(line for one in reports.values() for line in one.lost),
    )


def compact_shards(root: Path) -> CompactReport:
    """Compact every shard, and return the sums: see `Collection.compact`.

    Raises:
        CollectionError: there is no sharded collection, another process is adding, or the disk is full or cannot be
            written.
    """
    reports = list[CompactReport]()
    for folder in _folders(root):
        with Collection.open(folder) as shard:
            reports.append(shard.compact())
    return CompactReport(sum(one.bytes_before for one in reports), sum(one.bytes_after for one in reports))


def back_up_shards(root: Path, target: Path, on_progress: OnProgress = silent) -> BackupReport:
    """Copy every shard and what lies beside them: see `Collection.backup`. The copy is a sharded collection, too.

    Shards are copied one moment each.

    Raises:
        CollectionError: a shard is damaged, the target holds something else, or cannot be written.
    """
    layout, folders = Layout.read(root), _folders(root)
    if not Layout.exists(target):
        Layout.create(target, layout.shards, layout.model)
    elif Layout.read(target) != layout:
        raise CollectionError(f"{target}: holds another sharded collection; name another folder")
    reports = list[BackupReport]()
    for folder, copy in zip(folders, layout.folders(target), strict=True):
        with Collection.open(folder) as shard:
            reports.append(shard.backup(copy, on_progress))
    return _copied(reports, root, target, renew_tokens=True)


def restore_shards(
    backup: Path, root: Path, *, replace: bool = False, on_progress: OnProgress = silent
) -> BackupReport:
    """Make a sharded collection of a backup of one: see `Collection.restore`.

    Args:
        backup: a folder that `back_up_shards` wrote.
        root: a folder that is empty or does not exist; with `replace` also that of a sharded collection.
        replace: allow that; the catalog of each shard is kept beside the new one.
        on_progress: called of each shard as `Collection.restore` calls it.

    Raises:
        CollectionError: a shard of the backup is damaged or missing, the folder holds something, is in use, or cannot
            be written.
    """
    layout = Layout.read(backup)
    if not Layout.exists(root):
        Layout.create(root, layout.shards, layout.model)
    elif not replace:
        raise CollectionError(f"{root}: already holds a sharded collection; name another folder, or use --replace")
    elif Layout.read(root) != layout:
        raise CollectionError(f"{root}: has other shards, or of another model; name another folder")
    folders = zip(layout.folders(backup), layout.folders(root), strict=True)
    reports = [Collection.restore(copy, folder, replace=replace, on_progress=on_progress) for copy, folder in folders]
    return _copied(reports, backup, root, renew_tokens=False)


def _folders(root: Path) -> list[Path]:
    """Return the folders of all shards, of which each is there.

    Raises:
        CollectionError: there is no sharded collection, or a shard is missing.
    """
    folders = Layout.read(root).folders(root)
    for folder in folders:
        require_shard(folder)
    return folders


def _copied(reports: Sequence[BackupReport], source: Path, target: Path, *, renew_tokens: bool) -> BackupReport:
    """Copy what lies beside shards that were copied, and say what there is now."""
    beside = copy_beside(source, target, renew_tokens=renew_tokens)
    return BackupReport(
        photos=sum(one.photos for one in reports),
        judgements=beside.judgements,
        sent_photos=beside.sent_photos,
        bytes=sum(one.bytes for one in reports) + beside.bytes + (target / MANIFEST).stat().st_size,
        unchanged=beside.unchanged and all(one.unchanged for one in reports),
    )


def _together(reports: Mapping[Path, CheckReport]) -> CheckReport:
    """Return what the checks of all shards, by their folders, found, with photos by their numbers in all."""
    numbers = Numbering(len(reports))
    return CheckReport(
        photos=sum(one.photos for one in reports.values()),
        structure=tuple(f"{folder.name}: {line}" for folder, one in reports.items() for line in one.structure),
        damage=tuple(
            replace(found, photo=numbers.outer(number, found.photo))
            for number, one in enumerate(reports.values())
            for found in one.damage
        ),
        derived=tuple(path for one in reports.values() for path in one.derived),
        files=tuple(file for one in reports.values() for file in one.files),
    )

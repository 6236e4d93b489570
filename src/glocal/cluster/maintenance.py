"""Keeping all shards sound: check, back up, compact and repair them one after the other, and tell it as of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from glocal.cluster.layout import MANIFEST, Layout
from glocal.cluster.numbering import Numbering
from glocal.collection import (
    BackupReport,
    CheckReport,
    Collection,
    CompactReport,
    Extractor,
    RepairReport,
    copy_beside,
)
from glocal.errors import CollectionError
from glocal.progress import OnProgress


def check_shards(shards: Sequence[Collection], *, files: bool, on_progress: OnProgress) -> CheckReport:
    """Check every shard: see `Collection.check`.

    Raises:
        CollectionError: a shard cannot be read.
    """
    return _together({shard.directory: shard.check(files=files, on_progress=on_progress) for shard in shards})


def repair_shards(root: Path, model: Extractor | None, on_progress: OnProgress) -> RepairReport:
    """Repair every shard: see `Collection.repair`.

    Raises:
        CollectionError: there is no sharded collection, or a shard is missing or cannot be repaired.
        ModelError: photos have to be read again, and the model is gone.
    """
    folders = Layout.read(root).folders(root)
    reports = {folder: Collection.repair(folder, model, on_progress) for folder in folders}
    return RepairReport(
        _together({folder: one.found for folder, one in reports.items()}),
        tuple(path for one in reports.values() for path in one.extracted),
        tuple(line for one in reports.values() for line in one.lost),
    )


def compact_shards(shards: Sequence[Collection]) -> CompactReport:
    """Compact every shard, and return the sums: see `Collection.compact`.

    Raises:
        CollectionError: another process is adding, or the disk is full or cannot be written.
    """
    reports = [shard.compact() for shard in shards]
    return CompactReport(sum(one.bytes_before for one in reports), sum(one.bytes_after for one in reports))


def back_up_shards(root: Path, shards: Sequence[Collection], target: Path, on_progress: OnProgress) -> BackupReport:
    """Copy every shard and what lies beside them: see `Collection.backup`. The copy is a sharded collection, too.

    Shards are copied one moment each.

    Raises:
        CollectionError: a shard is damaged, the target holds something else, or cannot be written.
    """
    layout = Layout.read(root)
    if not Layout.exists(target):
        Layout.create(target, layout.shards, layout.model)
    elif Layout.read(target) != layout:
        raise CollectionError(f"{target}: holds another sharded collection; name another folder")
    folders = layout.folders(target)
    reports = [shard.backup(folder, on_progress) for shard, folder in zip(shards, folders, strict=True)]
    beside = copy_beside(root, target, renew_tokens=True)
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

"""Adding photos to shards: each to the one that its content says, and out of any other. By whom is all the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from glocal.cluster.assignment import assign
from glocal.cluster.layout import Layout
from glocal.collection import AddReport, Collection, PathLike
from glocal.errors import PhotoError
from glocal.images import FindRules, PassedOver, find_photos, path_of
from glocal.progress import OnProgress

LOCK = "cluster.lock"
"""Held while photos are added: one run at a time."""

Work = Sequence[tuple[Collection, Sequence[Path]]]
"""Shards, and the photos that belong to each."""


def add_photos(
    layout: Layout,
    shards: Sequence[Collection],
    sources: Iterable[PathLike],
    rules: FindRules,
    write: Callable[[Work], list[AddReport]],
) -> AddReport:
    """Bring shards level with files and folders of photos, and say what came of it. The caller holds `LOCK`.

    A photo whose content changed so that it belongs to another shard leaves the former one first.

    Args:
        layout: of the shards.
        shards: all of them, open.
        sources: files and folders.
        rules: what to leave out below folders.
        write: brings shards level with the files of their photos.

    Raises:
        PhotoError: a source does not exist.
        CollectionError: a shard is damaged or cannot be written.
    """
    began, failed, passed_over = time.monotonic(), list[PhotoError](), PassedOver()
    photos = list(find_photos(sources, rules=rules, on_unreadable=failed.append, passed_over=passed_over))
    assignment = assign(layout, shards, photos)
    for shard, stale in zip(shards, assignment.stale, strict=True):
        if stale:
            shard.remove(stale)
    work = [(shard, own) for shard, own in zip(shards, assignment.wanted, strict=True) if own]
    reports = write(work) if work else []
    below = [(path_of(error.photo), error.reason) for error in failed]
    return replace(
        _sum(reports, [*assignment.unreadable, *below]),
        passed_over=str(passed_over),
        seconds=time.monotonic() - began,
    )


def write_here(work: Work, on_progress: OnProgress) -> list[AddReport]:
    """Write shards one after the other in this process, and tell the progress of all of them together."""
    reports, done, total = list[AddReport](), 0, sum(len(photos) for _, photos in work)
    for shard, photos in work:

        def told(stage: str, own: int, _: int | None, before: int = done) -> None:
            on_progress(stage, before + own, total)

        reports.append(shard.add(photos, told))
        done += len(photos)
    return reports


def _sum(reports: Sequence[AddReport], unreadable: Iterable[tuple[Path, str]]) -> AddReport:
    """Return what all shards' reports say together."""
    return AddReport(
        added=sum(one.added for one in reports),
        updated=sum(one.updated for one in reports),
        renamed=sum(one.renamed for one in reports),
        unchanged=sum(one.unchanged for one in reports),
        unreadable=tuple(sorted([*unreadable, *(each for one in reports for each in one.unreadable)])),
        seconds=0.0,
        noted=tuple(sorted(each for one in reports for each in one.noted)),
    )

"""Indexing photos into shards: by whom each is written, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from glocal.cluster.assignment import assign
from glocal.cluster.layout import Layout
from glocal.cluster.ray_environment import ray_environment
from glocal.collection import AddReport, Collection, Extractor, ModelIdentity, PathLike, writer_lock
from glocal.errors import GlocalError, PhotoError
from glocal.images import DEFAULT_RULES, FindRules, PassedOver, find_photos
from glocal.progress import OnProgress, silent

LOCK = "cluster.lock"
"""Held while photos are indexed: one run at a time."""


def index_photos(
    root: Path, sources: Iterable[PathLike], rules: FindRules = DEFAULT_RULES, on_progress: OnProgress = silent
) -> AddReport:
    """Bring a sharded collection level with files and folders of photos, by processes that Ray runs on this machine.

    Run again it goes on where it was interrupted, whoever was killed: photos are committed in batches as
    `Collection.add` commits them. A photo whose content changed so that it belongs to another shard leaves the former
    one first, with metadata of the user's own.

    Args:
        root: folder that `Layout.create` made.
        sources: files and folders.
        rules: what to leave out below folders.
        on_progress: called with ("indexing", photos done, photos in all) after each shard.

    Raises:
        CollectionError: `root` holds no sharded collection, another process is indexing, or a shard is damaged or
            cannot be written.
        PhotoError: a source does not exist.
        ModelError: the model is gone.
        GlocalError: Ray is not installed, or was imported before by this process and would listen on the network.
    """
    with ray_environment({}):
        run = _runner()
        return _index(run, root, sources, rules, on_progress)


Run = Callable[[dict[Path, tuple[Path, ...]], ModelIdentity, OnProgress], list[AddReport]]


def _index(run: Run, root: Path, sources: Iterable[PathLike], rules: FindRules, on_progress: OnProgress) -> AddReport:
    """Assign photos to shards, have these written by `run`, and return what came of it."""
    began, layout = time.monotonic(), Layout.read(root)
    failed, passed_over = list[PhotoError](), PassedOver()
    photos = list(find_photos(sources, rules=rules, on_unreadable=failed.append, passed_over=passed_over))
    with writer_lock(root / LOCK, wait=0.0), ExitStack() as opened:
        model = layout.model.load()
        shards = [opened.enter_context(_opened_or_made(folder, model)) for folder in layout.folders(root)]
        assignment = assign(layout, shards, photos)
        for shard, stale in zip(shards, assignment.stale, strict=True):
            if stale:
                shard.remove(stale)
        opened.close()
        work = {folder: own for folder, own in zip(layout.folders(root), assignment.wanted, strict=True) if own}
        reports = run(work, layout.model, on_progress) if work else []
    below = [(Path(error.photo), error.reason) for error in failed]
    return replace(
        _sum(reports, [*assignment.unreadable, *below]),
        passed_over=str(passed_over),
        seconds=time.monotonic() - began,
    )


def _runner() -> Run:
    """Return what runs writers and extractors.

    Raises:
        GlocalError: Ray is not installed.
    """
    try:
        from glocal.cluster.ray_indexing import run
    except ModuleNotFoundError as error:
        raise GlocalError(
            f"indexing into shards needs {error.name}; install it with: pip install 'glocal[cluster]'"
        ) from error
    return run


def _opened_or_made(folder: Path, model: Extractor) -> Collection:
    return Collection.open(folder, model) if Collection.exists(folder) else Collection.create(folder, model)


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

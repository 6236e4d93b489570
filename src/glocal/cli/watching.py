"""`glocal index --watch`: keep a collection as its folders are, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from glocal.cli.output import note
from glocal.cluster import AnyCollection
from glocal.collection import AddReport, doubt
from glocal.errors import CollectionError
from glocal.images import watch_folders

RETRY_SECONDS = 30.0
"""After a change that could not be saved: another process adds, or the disk is full."""


def keep_current(
    opened: AnyCollection,
    folders: list[Path],
    index: Callable[[], AddReport],
    on_news: Callable[[AddReport, int], None],
) -> None:
    """Index folders, and again whenever something below them changed. Ends only by an error or Ctrl-C.

    Photos whose files go meanwhile leave the collection, unless `doubt` has a reason to doubt that they were deleted.

    Args:
        opened: the collection.
        folders: to be watched.
        index: indexes all of them, and says what it did.
        on_news: called after each run that did something, with what is new, and how many photos left.

    Raises:
        PhotoError: a folder is none, or is gone.
        GlocalError: folders cannot be watched.
        KeyboardInterrupt: Ctrl-C; all that was indexed is saved first.
    """
    with _interrupts() as interrupted:
        for _ in _runs(opened, folders, index, on_news):
            if interrupted.is_set():
                raise KeyboardInterrupt


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Remember Ctrl-C: Python drops what it raises while an object is deleted, or while C calls back."""
    came = threading.Event()

    def handle(*_: object) -> None:
        came.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before)


def _runs(
    opened: AnyCollection,
    folders: list[Path],
    index: Callable[[], AddReport],
    on_news: Callable[[AddReport, int], None],
) -> Iterator[None]:
    """Do what `keep_current` does, and yield about once a second."""
    changes = watch_folders(folders, opened.directory)
    next(changes)
    before = index()
    on_news(before, 0)
    note(f"watching {', '.join(map(str, folders))}; Ctrl-C ends it")
    changed: set[Path] = set()
    not_before = 0.0
    for more in changes:
        yield
        changed |= more
        began = time.monotonic()
        if not changed or began < not_before:
            continue
        # What goes while folders are indexed counts the next time: where it went to may not have been seen yet.
        vanished = {path for path in changed if not os.path.lexists(path)}
        try:
            report = index()  # first, so that a photo that moved is known by its content and keeps its metadata
            removed = _remove_gone(opened, vanished)
        except CollectionError as error:
            note(f"{error}; trying again in {RETRY_SECONDS:.0f} seconds")
            not_before = time.monotonic() + RETRY_SECONDS
            continue
        news, before = _news(report, before), report
        if removed or news.added or news.updated or news.renamed or news.unreadable or news.passed_over:
            on_news(news, removed)
        changed.clear()
        not_before = 2 * time.monotonic() - began  # of the time at most half, however large the folders


def _remove_gone(opened: AnyCollection, vanished: set[Path]) -> int:
    """Remove the photos at or below paths which are gone; return how many."""
    if not vanished:
        return 0
    gone = [photo for photo in opened.missing() if not vanished.isdisjoint((photo, *photo.parents))]
    reason = doubt([photo.path for photo in opened.photos()], gone)
    if reason:
        remedy = f"if they were deleted: glocal remove --missing --yes --collection {opened.directory}"
        note(f"{reason}; nothing is removed; {remedy}")
        return 0
    return opened.remove(gone) if gone else 0


def _news(report: AddReport, before: AddReport) -> AddReport:
    """Return a report without what was said of unreadable and passed over files before."""
    said = frozenset(before.unreadable)
    passed_over = report.passed_over if report.passed_over != before.passed_over else ""
    return replace(
        report, unreadable=tuple(one for one in report.unreadable if one not in said), passed_over=passed_over
    )

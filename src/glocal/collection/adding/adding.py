"""Adding photos: skip what is known, recognise what moved or was copied, extract the rest, commit in batches."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from glocal.collection.adding.add_report import AddReport
from glocal.collection.adding.file_changes import (
    Outcome,
    SameContent,
    Step,
    extracted_step,
    step_without_extraction,
    unreadable_step,
)
from glocal.collection.adding.file_state import Seen, is_as_seen, look_at
from glocal.collection.catalog import Catalog, StoredFeatures
from glocal.collection.model_identity import Extractor
from glocal.errors import PhotoError, StoreError
from glocal.features import Features
from glocal.images import note_of
from glocal.parallel_map import map_ahead
from glocal.progress import OnProgress

BATCH_SECONDS = 2.0
"""A kill loses at most this much work. Committing waits for the disk, some milliseconds, so not after each."""

BATCH_PHOTOS = 500
"""Most photos of a batch: 12 MB of packed features at 1000 a photo."""

READERS = 2
"""Threads that look at files ahead of extraction: enough to keep a disk busy."""

READ_AHEAD = 64

MOST_READINGS = 3
"""A file that changes each time it is read is given up: it may be a download under way."""


class Adding:
    """One run of adding photos to a catalog.

    Args:
        catalog: where to.
        model: what extracts the features of new photos.
        on_progress: called with ("indexing", photos done, photos in all) after each photo.
    """

    def __init__(self, catalog: Catalog, model: Extractor, on_progress: OnProgress) -> None:
        self._catalog = catalog
        self._model = model
        self._on_progress = on_progress
        self._batch: list[Step] = []
        self._saved_at = time.monotonic()
        self._extracting: dict[Path, Seen] = {}
        self._contents: set[bytes] = set()  # of files being extracted, and in the batch: their copies wait
        self._same_content = SameContent()
        self._again: list[Path] = []
        self._changed: Counter[Path] = Counter()  # how often, while they were read
        self._outcomes: Counter[Outcome] = Counter()
        self._unreadable: dict[Path, str] = {}
        self._noted: dict[Path, str] = {}
        self._total = 0

    def run(self, paths: Sequence[Path]) -> AddReport:
        """Add the photos. However this ends, what was saved stays.

        Raises:
            CollectionError: the catalog cannot be written.
            KeyboardInterrupt: the user stopped it; all that was done is saved first.
        """
        began = time.monotonic()
        self._total = len(paths)
        left = list(paths)
        try:
            while left:
                self._again = []
                for path, result in self._model.extract_many(self._to_extract(left)):
                    seen = self._extracting.pop(path)
                    if is_as_seen(seen):
                        self._note(path, result)
                        self._put(_step(seen, result))
                    else:
                        self._put_off(seen)
                self._save()
                left = self._again
        finally:
            self._save()
        return AddReport(
            added=self._outcomes["added"],
            updated=self._outcomes["updated"],
            renamed=self._outcomes["renamed"],
            unchanged=self._outcomes["unchanged"],
            unreadable=tuple(sorted(self._unreadable.items())),
            seconds=time.monotonic() - began,
            noted=tuple(sorted(self._noted.items())),
        )

    def _to_extract(self, paths: Sequence[Path]) -> Iterator[Path]:
        """Yield the photos whose features nobody knows; deal with all others on the way."""
        for seen in map_ahead(partial(look_at, self._catalog), paths, workers=READERS, ahead=READ_AHEAD):
            content = seen.file.content_hash
            if not seen.settled and content in self._contents:
                self._again.append(seen.path)  # its features will soon be there
                continue
            step = step_without_extraction(self._catalog, seen, self._same_content)
            if step is not None:
                self._put(step)
                continue
            if content is not None:
                self._contents.add(content)
            self._extracting[seen.path] = seen
            yield seen.path

    def _put_off(self, seen: Seen) -> None:
        """Look again at a file that changed while it was read: its features may be those of another picture."""
        self._contents.discard(seen.file.content_hash or b"")
        self._changed[seen.path] += 1
        if self._changed[seen.path] < MOST_READINGS:
            self._again.append(seen.path)
        else:
            self._put(unreadable_step(_unknown(seen), "changes while it is read; index it again when it is complete"))

    def _note(self, path: Path, result: Features | PhotoError) -> None:
        """Remember what is wrong with a file that was read all the same."""
        if not isinstance(result, PhotoError):
            with suppress(OSError):  # gone since
                if note := note_of(path):
                    self._noted[path] = note

    def _put(self, step: Step) -> None:
        self._batch.append(step)
        if len(self._batch) >= BATCH_PHOTOS or time.monotonic() - self._saved_at >= BATCH_SECONDS:
            self._save()
        self._on_progress("indexing", self._outcomes.total() + len(self._batch), self._total)

    def _save(self) -> None:
        """Commit the batch. A step that no longer applies, because its photo was removed, is decided again."""
        if self._batch:
            with self._catalog.change() as change:
                held = [step.apply(change) for step in self._batch]
            for step, good in zip(self._batch, held, strict=True):
                if not good:
                    self._again.append(step.seen.path)
                    continue
                self._outcomes[step.outcome] += 1
                if step.outcome == "unreadable":
                    self._unreadable[step.seen.path] = step.reason
            self._contents.difference_update(step.seen.file.content_hash or b"" for step in self._batch)
            self._batch = []
        self._saved_at = time.monotonic()


def _step(seen: Seen, result: Features | PhotoError) -> Step:
    if isinstance(result, StoreError):  # the next run reads it
        return unreadable_step(_unknown(seen), result.reason)
    if isinstance(result, PhotoError):
        return unreadable_step(seen, result.reason)
    return extracted_step(seen, StoredFeatures.of(result))


def _unknown(seen: Seen) -> Seen:
    """Return what was seen without its content, so that the next run reads the file again."""
    return replace(seen, file=replace(seen.file, content_hash=None))

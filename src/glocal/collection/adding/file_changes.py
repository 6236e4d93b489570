"""What adding does with one file: a change of the catalog that waits for its batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from glocal.collection.adding.file_state import Seen, is_gone
from glocal.collection.catalog import Catalog, Change, PhotoRecord, Snapshot, StoredFeatures

Outcome = Literal["added", "updated", "renamed", "unchanged", "unreadable"]


@dataclass(frozen=True)
class Step:
    """One file's change.

    Attributes:
        seen: the file.
        outcome: what it counts as.
        reason: why the file cannot be read, if that is the outcome.
        apply: makes the change; returns False, with nothing done, if what it builds on has changed meanwhile.
    """

    seen: Seen
    outcome: Outcome
    reason: str
    apply: Callable[[Change], bool]


class SameContent:
    """The photos whose content files have, each looked for on disk once in a run of adding.

    So thousands of copies of one file take no longer than as many other files.
    """

    def __init__(self) -> None:
        self._last: dict[bytes, int] = {}  # of each content, the id of the photo that was looked for last

    def moved(self, snapshot: Snapshot, content_hash: bytes) -> PhotoRecord | None:
        """Return the next indexed photo with this content whose file is gone: each photo at most once."""
        for photo in snapshot.photos_with_content(content_hash, self._last.get(content_hash, 0)):
            self._last[content_hash] = photo.id
            if photo.indexed and is_gone(photo.path):
                return photo
        return None


def step_without_extraction(catalog: Catalog, seen: Seen, same_content: SameContent) -> Step | None:
    """Return the step for a file that is unchanged, unreadable, moved or a copy; None if it is new."""
    path, file, known = seen.path, seen.file, seen.known
    if seen.settled:
        exif = seen.exif
        noted: Outcome = "unreadable" if seen.reason else "unchanged"
        return Step(seen, noted, seen.reason, lambda change: exif is None or change.put_exif(path, exif))
    if file.content_hash is None:
        return unreadable_step(seen, seen.reason)
    if known is not None and seen.is_touched:
        reason = "" if known.indexed else known.reason
        outcome: Outcome = "unchanged" if known.indexed else "unreadable"
        return Step(seen, outcome, reason, lambda change: change.touch(path, file, reason))
    with catalog.snapshot() as snapshot:
        moved = None if known else same_content.moved(snapshot, file.content_hash)
        same = snapshot.photos_with_content(file.content_hash)
        source = next((photo for photo in same if photo.indexed and snapshot.holds_features(photo.id)), None)
        first = source or next(snapshot.photos_with_content(file.content_hash), None)
    if moved is not None:
        return Step(seen, "renamed", "", lambda change: change.rename(path, file, moved.id))
    if source is None:
        return None if first is None or first.indexed else unreadable_step(seen, first.reason)
    return Step(seen, _stored(seen), "", lambda change: change.put_copy(path, file, source.id))


def extracted_step(seen: Seen, features: StoredFeatures) -> Step:
    """Return the step that stores new features."""

    def put(change: Change) -> bool:
        change.put(seen.path, seen.file, features, seen.exif)
        return True

    return Step(seen, _stored(seen), "", put)


def unreadable_step(seen: Seen, reason: str) -> Step:
    """Return the step that notes why a file cannot be read."""

    def put(change: Change) -> bool:
        change.put_unreadable(seen.path, seen.file, reason)
        return True

    return Step(seen, "unreadable", reason, put)


def _stored(seen: Seen) -> Outcome:
    return "updated" if seen.known is not None and seen.known.indexed else "added"

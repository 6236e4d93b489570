"""Duplicates: photos of a collection that show the same picture, found by a job."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from glocal.service.answers import job_answer, photo_answer
from glocal.service.findings import (
    FEW_ENTRIES,
    FEW_PHOTOS,
    AfterEntry,
    AfterPhoto,
    Entries,
    EntryId,
    Photos,
    entry_of,
    finding_of,
    present,
    written,
)
from glocal.service.found_responses import (
    DuplicateCopyAnswer,
    DuplicateGroupAnswer,
    DuplicatePairAnswer,
    DuplicatesAnswer,
)
from glocal.service.parameters import CollectionNow, StateNow
from glocal.service.responses import JobAnswer
from glocal.service.served_collection import ServedCollection
from glocal.service.worker_state import State

router = APIRouter(tags=["duplicates"])


@router.get("/collections/{collection}/duplicates", response_model=DuplicatesAnswer)
def duplicates(
    state: StateNow,
    served: CollectionNow,
    after: AfterEntry = None,
    limit: Entries = FEW_ENTRIES,
    photos: Photos = FEW_PHOTOS,
) -> Response:
    """Return the groups of photos that show the same picture, page by page, each with its first photos."""
    found = finding_of(state, served, "duplicates", "groups", after, limit)
    answers = [_group(state, served, identity, group, None, photos) for identity, group in found.entries.items()]
    return written(DuplicatesAnswer(groups=[one for one in answers if len(one.photos) > 1], **found.facts), "groups")


@router.get("/collections/{collection}/duplicates/{group}")
def duplicate_group(
    state: StateNow, served: CollectionNow, group: EntryId, after: AfterPhoto = None, limit: Photos = FEW_PHOTOS
) -> DuplicateGroupAnswer:
    """Return a group of photos that show the same picture, page by page."""
    return _group(state, served, group, entry_of(state, served, "duplicates", "groups", group), after, limit)


@router.post("/collections/{collection}/duplicates", status_code=202)
def find_duplicates(state: StateNow, served: CollectionNow) -> JobAnswer:
    """Look for duplicates, as a job; if one is looking already, this is that one."""
    return job_answer(state.begin_once(served, "duplicates"))


def _group(
    state: State, served: ServedCollection, identity: str, found: Any, after: int | None, limit: int
) -> DuplicateGroupAnswer:
    best = found.get("kept")
    ids = sorted(found["photos"], key=lambda photo: photo != best)  # the best first, the others as they are
    records, following = present(served, ids, after, limit)
    shown = {record.id for record in records}
    place = {photo: position for position, photo in enumerate(ids)}
    pairs = [pair for pair in found["pairs"] if max(pair["a"], pair["b"], key=place.__getitem__) in shown]
    ends = {photo for pair in pairs for photo in (pair["a"], pair["b"])}
    there = served.collection.photos_with_ids(sorted(ends | ({best} - {None}))).keys()
    kept = best if best in there else None
    copies = [DuplicateCopyAnswer(**copy) for copy in found.get("copies", ()) if copy["photo"] in shown]
    return DuplicateGroupAnswer(
        id=identity,
        count=len(ids),
        photos=[photo_answer(state, record) for record in records],
        next=following,
        pairs=[DuplicatePairAnswer(**pair) for pair in pairs if {pair["a"], pair["b"]} <= there],
        kept=kept,
        copies=[] if kept is None else copies,
    )

"""Albums: the photos of a collection sorted by the thing they show, found by a job."""

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
from glocal.service.found_responses import AlbumAnswer, AlbumsAnswer
from glocal.service.parameters import CollectionNow, StateNow
from glocal.service.responses import JobAnswer
from glocal.service.served_collection import ServedCollection
from glocal.service.worker_state import State

router = APIRouter(tags=["albums"])


@router.get("/collections/{collection}/albums", response_model=AlbumsAnswer)
def albums(
    state: StateNow,
    served: CollectionNow,
    after: AfterEntry = None,
    limit: Entries = FEW_ENTRIES,
    photos: Photos = FEW_PHOTOS,
) -> Response:
    """Return the albums that the last job found, page by page, each with its first photos."""
    found = finding_of(state, served, "albums", "albums", after, limit)
    answers = [_album(state, served, identity, album, None, photos) for identity, album in found.entries.items()]
    return written(AlbumsAnswer(albums=[one for one in answers if len(one.photos) > 1], **found.facts), "albums")


@router.get("/collections/{collection}/albums/{album}")
def album(
    state: StateNow, served: CollectionNow, album: EntryId, after: AfterPhoto = None, limit: Photos = FEW_PHOTOS
) -> AlbumAnswer:
    """Return an album with its photos, page by page."""
    return _album(state, served, album, entry_of(state, served, "albums", "albums", album), after, limit)


@router.post("/collections/{collection}/albums", status_code=202)
def sort_into_albums(state: StateNow, served: CollectionNow) -> JobAnswer:
    """Sort the photos into albums, as a job; if one is sorting already, this is that one."""
    return job_answer(state.begin_once(served, "albums"))


def _album(
    state: State, served: ServedCollection, identity: str, found: Any, after: int | None, limit: int
) -> AlbumAnswer:
    records, following = present(served, found["photos"], after, limit)
    return AlbumAnswer(
        id=identity,
        count=len(found["photos"]),
        photos=[photo_answer(state, record) for record in records],
        next=following,
        name=found["name"].encode("utf-8", "replace").decode(),
    )

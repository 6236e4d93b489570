"""The photos of a collection: list, describe, add, annotate, remove."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, File, Header, Query, UploadFile
from fastapi.responses import StreamingResponse

from glocal.service.answers import collection_answer, job_answer, photo_answer
from glocal.service.parameters import CollectionNow, PhotoId, StateNow
from glocal.service.problems import Problem
from glocal.service.responses import (
    AddedAnswer,
    CollectionAnswer,
    CollectionsAnswer,
    PhotoAnswer,
    PhotosAnswer,
    Refused,
    RemovedAnswer,
)
from glocal.service.served_collection import ServedCollection
from glocal.service.server_sent_events import described, event, pause, stream
from glocal.service.uploads import forget_drafts, keep
from glocal.service.worker_state import State

router = APIRouter(tags=["photos"])

MOST_UPLOADS = 100
_LONGEST_METADATA = 16_384
_LONGEST_NAME = 200
_LOOK_SECONDS = 1.0


@router.get("/collections")
def collections(state: StateNow) -> CollectionsAnswer:
    """List the collections."""
    answers = [collection_answer(served) for served in state.collections.values()]
    return CollectionsAnswer(
        collections=answers, roots=list(state.settings.roots), max_upload=state.settings.max_upload
    )


@router.get("/collections/{collection}")
def collection_facts(served: CollectionNow) -> CollectionAnswer:
    """Describe a collection."""
    return collection_answer(served)


@router.get(
    "/collections/{collection}/events",
    response_class=StreamingResponse,
    responses=described(CollectionAnswer, "collection"),
)
def collection_events(
    state: StateNow,
    served: CollectionNow,
    last_event_id: Annotated[str, Header(max_length=64, description="The id of the last event seen, if any.")] = "",
) -> StreamingResponse:
    """Follow a collection: an event `collection` at once, and whenever photos came, changed or went, whoever did it.

    The stream ends after ten minutes, or with the service; browsers' `EventSource` then connects again by itself, and
    says which event it saw last. If nothing has changed since, that is not told again.
    """

    async def events() -> AsyncIterator[str]:
        generation = int(last_event_id) if last_event_id.isdecimal() else -1
        end = time.monotonic() + state.settings.followed_seconds
        while time.monotonic() < end:
            now = await asyncio.to_thread(collection_answer, served)
            if now.generation != generation:
                yield event("collection", now, now.generation)
            generation = now.generation
            if not await pause(_LOOK_SECONDS, state.ending):
                return

    return stream(events())


@router.get("/collections/{collection}/photos")
def photos(
    state: StateNow,
    served: CollectionNow,
    after: Annotated[int | None, Query(ge=1, le=2**53, description="Id of the last photo of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 60,
    folder: Annotated[
        int | None, Query(ge=1, le=2**53, description="Id of a photo: those of its folder, and of folders in that.")
    ] = None,
    show: Annotated[
        Literal["path", "newest", "unreadable", "missing"],
        Query(
            description="In the order of their paths, newest first, or those whose files cannot be read or are gone."
        ),
    ] = "path",
) -> PhotosAnswer:
    """List photos, page by page."""
    collection = served.collection
    last = None if after is None else collection.photo(after)
    if show == "newest":
        records = collection.newest(after, limit)
    elif show == "unreadable":
        records = collection.unreadable(after, limit)
    elif show == "missing":
        gone = [path for path in collection.missing() if last is None or path > last.path]
        there = (one for one in map(collection.photo_at, gone) if one is not None)  # some may be removed meanwhile
        records = list(islice(there, limit))
    elif folder is not None:
        path = collection.photo(folder).path
        below = state.added / served.name if path.is_relative_to(state.added) else path.parent
        records = collection.below(below, last, limit)
    else:
        records = collection.page(last, limit)
    following = records[-1].id if len(records) == limit else None
    return PhotosAnswer(photos=[photo_answer(state, record) for record in records], next=following)


@router.get("/collections/{collection}/photos/{photo}")
def photo_facts(state: StateNow, served: CollectionNow, photo: PhotoId) -> PhotoAnswer:
    """Describe a photo."""
    return photo_answer(state, served.collection.photo(photo))


@router.post("/collections/{collection}/photos", status_code=202)
async def add_photos(
    state: StateNow,
    served: CollectionNow,
    photo: Annotated[list[UploadFile], File(description="Up to 100 photos.")],
) -> AddedAnswer:
    """Add photos sent in the request. They are on disk when this answers; a job indexes them."""
    if not 0 < len(photo) <= MOST_UPLOADS:
        raise Problem(422, f"Send one to {MOST_UPLOADS} photos at a time.")

    return await state.drawings.run(lambda: _take(state, served, photo))


@router.put("/collections/{collection}/photos/{photo}/metadata")
def annotate_photo(
    state: StateNow,
    served: CollectionNow,
    photo: PhotoId,
    metadata: Annotated[dict[str, Any], Body(examples=[{"place": "Tübingen", "year": 2024}])],
) -> PhotoAnswer:
    """Replace the metadata of a photo, a JSON object."""
    try:
        too_long = len(json.dumps(metadata, allow_nan=False)) > _LONGEST_METADATA
        if not too_long:
            served.changeable.annotate(served.collection.photo(photo).path, metadata)
    except (TypeError, ValueError, UnicodeError):
        raise Problem(422, "The metadata is no JSON that can be kept.") from None
    if too_long:
        raise Problem(413, f"Metadata may have up to {_LONGEST_METADATA} characters.")
    return photo_answer(state, served.collection.photo(photo))


@router.delete("/collections/{collection}/photos/{photo}")
def remove_photo(served: CollectionNow, photo: PhotoId) -> RemovedAnswer:
    """Remove a photo from the collection. Its file stays on the server."""
    return RemovedAnswer(removed=served.changeable.remove([served.collection.photo(photo).path]))


def _take(state: State, served: ServedCollection, photos: Sequence[UploadFile]) -> AddedAnswer:
    _ = served.changeable
    folder, limit = state.added / served.name, state.settings.max_pixels
    folder.mkdir(parents=True, exist_ok=True)
    forget_drafts(folder)
    paths, refused = [], []
    for photo in photos:
        name = photo.filename or "photo"
        try:
            paths.append(str(keep(photo.file, folder, limit, name=name)))
        except Problem as problem:
            refused.append(Refused(name=name[:_LONGEST_NAME], detail=str(problem.detail)))
    if not paths:
        raise Problem(422, refused[0].detail)
    return AddedAnswer(job=job_answer(state.begin(served, "add", {"files": paths})), refused=refused)

"""Searching: by uploaded photos, by views known already, at once or as a stream."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, File, Path, UploadFile
from fastapi.responses import StreamingResponse

from glocal.collection import Found, Ranking, SearchOptions
from glocal.features import Region, View
from glocal.images import photo_size
from glocal.service.answers import hit_answers
from glocal.service.parameters import CollectionNow, RegionNow, SearchRequest, SearchRequestNow, StateNow, ViewNames
from glocal.service.problems import Problem
from glocal.service.responses import QueryAnswer, SearchAnswer
from glocal.service.served_collection import ServedCollection
from glocal.service.server_sent_events import described, event, stream
from glocal.service.uploads import find_query, keep, make_room
from glocal.service.worker_state import MOST_VIEWS, State

router = APIRouter(tags=["search"])


@router.post("/queries", status_code=201)
async def upload_query(state: StateNow, photo: Annotated[UploadFile, File()]) -> QueryAnswer:
    """Upload a photo to search with, once for many searches. It is kept for as long as there is room."""
    return await state.drawings.run(lambda: _keep(state, photo))


@router.get("/queries/{query}")
def query_facts(state: StateNow, query: Annotated[str, Path(max_length=32)]) -> QueryAnswer:
    """Describe an uploaded query."""
    width, height = photo_size(find_query(state.queries, query))
    return QueryAnswer(view=f"upload:{query}", width=width, height=height)


@router.get("/collections/{collection}/search")
async def search(
    state: StateNow, served: CollectionNow, request: SearchRequestNow, region: RegionNow, views: ViewNames = None
) -> SearchAnswer:
    """Search with uploaded queries, or with photos of the collection."""
    return await state.searches.run(lambda: _search(state, served, views or [], region, request))


@router.post("/collections/{collection}/search")
async def search_upload(
    state: StateNow,
    served: CollectionNow,
    request: SearchRequestNow,
    region: RegionNow,
    photo: Annotated[list[UploadFile], File(description="One photo, or several views of one thing.")],
) -> SearchAnswer:
    """Search with photos sent in the request."""
    if not 0 < len(photo) <= MOST_VIEWS:
        raise Problem(422, f"Send one to {MOST_VIEWS} photos.")

    def work() -> SearchAnswer:
        views = [_keep(state, one).view for one in photo]
        return _search(state, served, views, region, request)

    return await state.searches.run(work)


@router.get(
    "/collections/{collection}/search/stream",
    response_class=StreamingResponse,
    responses=described(SearchAnswer, "candidates", "verified"),
)
async def search_stream(
    state: StateNow, served: CollectionNow, request: SearchRequestNow, region: RegionNow, views: ViewNames = None
) -> StreamingResponse:
    """Search and get the answer in two events, `candidates` and then `verified`, each as `search` answers.

    A failure after the first event comes as the event `problem`.
    """
    began = time.monotonic()
    looked_for = await state.searches.run(lambda: state.views(served, views or [], region, request.mode))

    def ranked(found: Found, options: SearchOptions) -> SearchAnswer:
        hits = _ranked(state, served, views or [], looked_for, found, options, region)
        return _answer(state, served, views or [], hits, began)

    async def events() -> AsyncIterator[str]:
        found = await state.searches.run(partial(_found, served, looked_for, request))
        unproved = SearchOptions(top=request.options.top, rerank=0)
        yield event("candidates", await state.searches.run(partial(ranked, found, unproved)))
        yield event("verified", await state.searches.run(partial(ranked, found, request.options)))

    return stream(events())


def _keep(state: State, photo: UploadFile) -> QueryAnswer:
    path = keep(photo.file, state.queries, state.settings.max_pixels)
    make_room(state.queries, state.settings.query_bytes)
    width, height = photo_size(path)
    return QueryAnswer(view=f"upload:{path.name}", width=width, height=height)


def _search(
    state: State, served: ServedCollection, views: Sequence[str], region: Region | None, request: SearchRequest
) -> SearchAnswer:
    began = time.monotonic()
    looked_for = state.views(served, views, region, request.mode)
    found = _found(served, looked_for, request)
    hits = _ranked(state, served, views, looked_for, found, request.options, region)
    return _answer(state, served, views, hits, began)


def _found(served: ServedCollection, views: Sequence[View], request: SearchRequest) -> Found:
    return served.collection.find(views, request.options.candidates, served.allowed(request.where))


def _ranked(
    state: State,
    served: ServedCollection,
    views: Sequence[str],
    looked_for: Sequence[View],
    found: Found,
    options: SearchOptions,
    region: Region | None,
) -> Ranking:
    """Verify and rank candidates, and compare the pixels of the first hits with those of the views."""
    ranked = served.collection.rank(looked_for, found.candidates, options)
    hits = ranked.missing(*ranked.missing_shards, *found.missing_shards)
    photos = state.pictured(served, views)
    return served.collection.look_closer(photos, hits, region, options)


def _answer(state: State, served: ServedCollection, views: Sequence[str], hits: Ranking, began: float) -> SearchAnswer:
    photos = served.collection.counts().photos
    spent = round(1e3 * (time.monotonic() - began), 1)
    return SearchAnswer(
        hits=hit_answers(state, served, hits),
        views=list(views),
        searched=photos,
        damaged=served.damaged,
        missing_shards=list(hits.missing_shards),
        milliseconds=spent,
    )

"""Albums: the photos of a collection sorted by the thing they show, found by a job."""

from __future__ import annotations

from fastapi import APIRouter, Response

from glocal.service.answers import finding_of, job_answer, photo_answer, written
from glocal.service.parameters import CollectionNow, StateNow
from glocal.service.responses import AlbumAnswer, AlbumsAnswer, JobAnswer

router = APIRouter(tags=["albums"])


@router.get("/collections/{collection}/albums", response_model=AlbumsAnswer)
def albums(state: StateNow, served: CollectionNow) -> Response:
    """Return the albums that the last job found."""
    found = finding_of(state, served, "albums", "albums")
    answers = []
    for album in found.entries:
        records = served.collection.photos_with_ids(album["photos"])
        photos = [photo_answer(state, records[number]) for number in album["photos"] if number in records]
        if len(photos) > 1:
            name = album["name"].encode("utf-8", "replace").decode()
            answers.append(AlbumAnswer(name=name, photos=photos))
    return written(AlbumsAnswer(albums=answers, known=found.known, stale=found.stale, job=found.job), "albums")


@router.post("/collections/{collection}/albums", status_code=202)
def sort_into_albums(state: StateNow, served: CollectionNow) -> JobAnswer:
    """Sort the photos into albums, as a job; if one is sorting already, this is that one."""
    return job_answer(state.begin_once(served, "albums"))

"""Albums: the photos of a collection sorted by the thing they show, found by a job."""

from __future__ import annotations

from fastapi import APIRouter

from glocal.service.answers import job_answer, photo_answer
from glocal.service.parameters import CollectionNow, StateNow
from glocal.service.responses import AlbumAnswer, AlbumsAnswer, JobAnswer

router = APIRouter(tags=["albums"])


@router.get("/collections/{collection}/albums")
def albums(state: StateNow, served: CollectionNow) -> AlbumsAnswer:
    """Return the albums that the last job found."""
    running = state.jobs.unfinished(served.name, "albums")
    job = None if running is None else job_answer(running)
    done = state.jobs.last_done(served.name, "albums")
    if done is None:
        return AlbumsAnswer(albums=[], known=False, stale=True, job=job)
    answers = []
    for album in done.result["albums"]:
        records = served.collection.photos_with_ids(album["photos"])
        photos = [photo_answer(state, records[number]) for number in album["photos"] if number in records]
        if len(photos) > 1:
            name = album["name"].encode("utf-8", "replace").decode()
            answers.append(AlbumAnswer(name=name, photos=photos))
    stale = done.result["generation"] != served.collection.counts().generation
    return AlbumsAnswer(albums=answers, known=True, stale=stale, job=job)


@router.post("/collections/{collection}/albums", status_code=202)
def sort_into_albums(state: StateNow, served: CollectionNow) -> JobAnswer:
    """Sort the photos into albums, as a job; if one is sorting already, this is that one."""
    job = state.jobs.unfinished(served.name, "albums") or state.jobs.put(served.name, "albums", {})
    state.runner.wake("albums")
    return job_answer(job)

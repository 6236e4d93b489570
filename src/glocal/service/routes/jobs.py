"""Long work: indexing and looking for duplicates, with its progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import StreamingResponse

from glocal.service.answers import finding_of, job_answer, photo_answer, written
from glocal.service.jobs import Job
from glocal.service.parameters import CollectionNow, StateNow
from glocal.service.problems import Problem
from glocal.service.responses import (
    DuplicateCopyAnswer,
    DuplicateGroupAnswer,
    DuplicatePairAnswer,
    DuplicatesAnswer,
    JobAnswer,
    JobsAnswer,
)
from glocal.service.server_sent_events import described, event, pause, stream
from glocal.service.worker_state import State

router = APIRouter(tags=["jobs"])

_LOOK_SECONDS = 0.3
_LISTED = 50
JobId = Annotated[str, Path(max_length=32)]


@router.get("/jobs")
def jobs(state: StateNow) -> JobsAnswer:
    """List the latest jobs, newest first."""
    return JobsAnswer(jobs=[job_answer(job) for job in state.jobs.latest(_LISTED)])


@router.get("/jobs/{job}")
def job_facts(state: StateNow, job: JobId) -> JobAnswer:
    """Describe a job."""
    return job_answer(_get(state, job))


@router.delete("/jobs/{job}")
def cancel_job(state: StateNow, job: JobId) -> JobAnswer:
    """Cancel a job. What it has done so far stays."""
    _get(state, job)
    state.jobs.cancel(job)
    return job_answer(_get(state, job))


@router.get("/jobs/{job}/events", response_class=StreamingResponse, responses=described(JobAnswer, "job"))
def job_events(state: StateNow, job: JobId) -> StreamingResponse:
    """Follow a job: an event `job` whenever it has come further, the last when it is over."""
    _get(state, job)

    async def events() -> AsyncIterator[str]:
        last: Job | None = None
        while last is None or not last.is_over:
            now = await asyncio.to_thread(_get, state, job)
            if now != last:
                yield event("job", job_answer(now))
            last = now
            if not await pause(_LOOK_SECONDS, state.ending):
                return

    return stream(events())


@router.get("/collections/{collection}/duplicates", response_model=DuplicatesAnswer)
def duplicates(state: StateNow, served: CollectionNow) -> Response:
    """Return the groups of photos that show the same picture, as the last job found them."""
    found = finding_of(state, served, "duplicates", "groups")
    groups = []
    for group in found.entries:
        records = served.collection.photos_with_ids(group["photos"])
        pairs = [DuplicatePairAnswer(**pair) for pair in group["pairs"] if {pair["a"], pair["b"]} <= records.keys()]
        photos = [photo_answer(state, records[number]) for number in group["photos"] if number in records]
        if len(photos) > 1:
            kept = group.get("kept") if group.get("kept") in records else None
            copies = [DuplicateCopyAnswer(**copy) for copy in group.get("copies", ()) if copy["photo"] in records]
            groups.append(DuplicateGroupAnswer(photos=photos, pairs=pairs, kept=kept, copies=copies if kept else []))
    return written(DuplicatesAnswer(groups=groups, known=found.known, stale=found.stale, job=found.job), "groups")


@router.post("/collections/{collection}/duplicates", status_code=202)
def find_duplicates(state: StateNow, served: CollectionNow) -> JobAnswer:
    """Look for duplicates, as a job; if one is looking already, this is that one."""
    return job_answer(state.begin_once(served, "duplicates"))


def _get(state: State, identity: str) -> Job:
    job = state.jobs.get(identity)
    if job is None:
        raise Problem(404, "There is no such job.")
    return job

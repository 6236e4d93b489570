"""Long work, with its progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse

from glocal.service.answers import job_answer
from glocal.service.jobs import Job
from glocal.service.parameters import StateNow
from glocal.service.problems import Problem
from glocal.service.responses import JobAnswer, JobsAnswer
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


def _get(state: State, identity: str) -> Job:
    job = state.jobs.get(identity)
    if job is None:
        raise Problem(404, "There is no such job.")
    return job

"""What operators and their tools ask: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from glocal.service.access import Sample, sample
from glocal.service.parameters import StateNow
from glocal.service.problems import Problem

router = APIRouter(tags=["operations"])


@router.get("/health", response_class=PlainTextResponse)
async def health() -> str:
    """Say that the process answers."""
    return "ok\n"


@router.get("/ready", response_class=PlainTextResponse)
async def ready(state: StateNow) -> Response:
    """Say whether searches can be taken: collections are open, models loaded. Nothing is read to answer this."""
    if not state.is_ready:
        raise Problem(503, "The service is starting or ending; ask again in a moment.")
    return PlainTextResponse("ready\n")


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request, state: StateNow) -> Response:
    """Return counters and gauges of all workers, in Prometheus' text format or, if asked for, OpenMetrics."""
    shared: dict[Sample, float] = {sample("glocal_jobs_waiting"): state.jobs.waiting()}
    for name, served in state.collections.items():
        counts = served.collection.counts()
        shared[sample("glocal_photos", collection=name)] = counts.photos
        shared[sample("glocal_photos_unreadable", collection=name)] = counts.unreadable
    accept = request.headers.get("accept", "")
    text, media_type = state.metrics.exposition(state.pressure(), shared, accept)
    return Response(text, media_type=media_type)

"""What operators and their tools ask: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from glocal.service.parameters import StateNow

router = APIRouter(tags=["operations"])


@router.get("/health", response_class=PlainTextResponse)
async def health() -> str:
    """Say that the process answers."""
    return "ok\n"


@router.get("/ready", response_class=PlainTextResponse)
def ready(state: StateNow) -> Response:
    """Say whether searches can be taken: every collection can be read."""
    for served in state.collections.values():
        served.collection.counts()
    return PlainTextResponse("ready\n")


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(state: StateNow) -> Response:
    """Return counters and gauges in Prometheus' text format."""
    gauges: dict[str, float] = {"glocal_jobs_waiting": state.jobs.waiting()}
    for name, served in state.collections.items():
        counts = served.collection.counts()
        gauges[f'glocal_photos{{collection="{name}"}}'] = counts.photos
        gauges[f'glocal_photos_unreadable{{collection="{name}"}}'] = counts.unreadable
    for name, gate in (("searches", state.searches), ("drawings", state.drawings)):
        gauges[f'glocal_pending{{gate="{name}"}}'] = gate.pending
        gauges[f'glocal_refused{{gate="{name}"}}'] = gate.refused
    return PlainTextResponse(state.metrics.text(gauges), media_type="text/plain; version=0.0.4")

"""Server-sent events (WHATWG HTML, section 9.2), with heartbeats so that nothing between takes them for dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from glocal.service.problems import explain
from glocal.service.responses import ProblemDocument

HEARTBEAT_SECONDS = 10.0


def event(name: str, data: BaseModel, identity: int | None = None) -> str:
    """Return one event; JSON has no line breaks, so its data is one line.

    Args:
        name: of its kind.
        data: what it carries.
        identity: what a client that connects again names as the last that it saw, `Last-Event-ID`.
    """
    known_by = "" if identity is None else f"id: {identity}\n"
    return f"{known_by}event: {name}\ndata: {data.model_dump_json()}\n\n"


async def pause(seconds: float, ending: asyncio.Event) -> bool:
    """Wait before the next look; return whether to look again, rather than end the stream as the service is ending."""
    with suppress(TimeoutError):
        await asyncio.wait_for(ending.wait(), seconds)
    return not ending.is_set()


def described(answer: type[BaseModel], *names: str) -> dict[int | str, dict[str, Any]]:
    """Return what the description of the API says of a stream: what each event is (`itemSchema` of OpenAPI 3.2).

    Args:
        answer: what the events of these names carry; the event `problem` carries a `ProblemDocument`.
        names: of the events.
    """
    kinds = [_kind(answer, names), _kind(ProblemDocument, ("problem",))]
    return {200: {"content": {"text/event-stream": {"itemSchema": {"oneOf": kinds}}}}}


def _kind(answer: type[BaseModel], names: tuple[str, ...]) -> dict[str, Any]:
    content = {"$ref": f"#/components/schemas/{answer.__name__}"}
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": content}
    event = {"type": "string", "enum": list(names)}
    return {"type": "object", "properties": {"event": event, "data": data}, "required": ["event", "data"]}


def problem_event(error: Exception) -> str:
    """Return the event that ends a stream which failed after it had begun."""
    problem = explain(error)
    return event("problem", ProblemDocument(title="", status=problem.status_code, detail=str(problem.detail)))


def stream(events: AsyncIterator[str]) -> StreamingResponse:
    """Answer with events as they come."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_with_heartbeats(events), media_type="text/event-stream", headers=headers)


async def _with_heartbeats(events: AsyncIterator[str]) -> AsyncIterator[str]:
    take: Callable[[], Awaitable[str]] = events.__anext__
    pending: asyncio.Future[str] = asyncio.ensure_future(take())
    try:
        while True:
            done, _ = await asyncio.wait({pending}, timeout=HEARTBEAT_SECONDS)
            if not done:
                yield ": still here\n\n"
                continue
            try:
                yield pending.result()
            except StopAsyncIteration:
                return
            except Exception as error:  # noqa: BLE001  headers are sent, so the failure is told as an event
                yield problem_event(error)
                return
            pending = asyncio.ensure_future(take())
    finally:
        pending.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await pending

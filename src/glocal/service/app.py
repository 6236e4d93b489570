"""The application of one worker: routes, page, and the layers around them."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI

from glocal.cluster import Cluster
from glocal.images import isolated_decoders
from glocal.service import problems
from glocal.service.access import BehindProxy, BodyLimit, HeadRequests, Watch
from glocal.service.connections import ENDING
from glocal.service.description import completed
from glocal.service.page_files import serve_page
from glocal.service.responses import ProblemDocument
from glocal.service.routes import API_ROUTERS, OPERATIONS
from glocal.service.settings import Settings
from glocal.service.worker_state import State

API = "/api/v1"
API_VERSION = "1.0"
NOTHING: Mapping[str, Cluster] = MappingProxyType({})
_METRICS_SECONDS = 2.0
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemDocument, "description": text}
    for status, text in (
        (400, "Not understood"),
        (401, "A token is needed"),
        (403, "Not allowed"),
        (404, "Not found"),
        (408, "The request came too slowly"),
        (410, "The file is gone"),
        (413, "Too large"),
        (422, "Refused: the detail says why"),
        (429, "Too busy: try again after Retry-After seconds"),
        (503, "Not usable at the moment"),
    )
}


def create_app(settings: Settings, opened: Mapping[str, Cluster] = NOTHING) -> FastAPI:
    """Make the application.

    Args:
        settings: what the operator decided.
        opened: collections, by their names, that are open already; they are closed at the end.

    Raises:
        GlocalError: a collection cannot be opened.
    """
    state = State(settings, opened)
    app = FastAPI(
        title="glocal",
        summary="Find photos of the same thing, and prove it.",
        version=API_VERSION,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # FastAPI's pages load scripts from elsewhere
        redoc_url=None,
        servers=[{"url": settings.root_path}] if settings.root_path else None,
        lifespan=_lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.glocal = state
    for router in API_ROUTERS:
        app.include_router(router, prefix=API, responses=_PROBLEMS)
    app.include_router(OPERATIONS, responses={status: _PROBLEMS[status] for status in (401, 503)})
    serve_page(app)
    problems.install(app)
    _describe(app, needs_token=state.tokens.needed)
    app.add_middleware(BodyLimit, most_bytes=settings.max_upload, seconds=settings.body_seconds)
    app.add_middleware(Watch, settings=settings, tokens=state.tokens, metrics=state.metrics)
    app.add_middleware(HeadRequests)
    app.add_middleware(BehindProxy, settings=settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    state: State = app.state.glocal
    with isolated_decoders():
        await asyncio.to_thread(_warm_up, app)
        state.runner.start()
        state.is_ready = True
        saving = asyncio.create_task(_save_metrics(state))
        yield {ENDING: state.ending}
        state.is_ready = False
        saving.cancel()
        with suppress(asyncio.CancelledError):
            await saving
        await asyncio.to_thread(state.runner.stop)
        for gate in (state.searches, state.drawings):
            gate.close()
    state.close()


def _warm_up(app: FastAPI) -> None:
    """Do before the first request what would keep all others waiting, as only one thread at a time runs Python.

    FastAPI builds its routes when they are first needed; and the garbage collector would go through all that is here to
    stay again and again, some 200,000 objects, in 70 ms and more.
    """
    app.state.glocal.warm_up()
    app.openapi()
    gc.collect()
    gc.freeze()


async def _save_metrics(state: State) -> None:
    while True:
        await asyncio.sleep(_METRICS_SECONDS)
        await asyncio.to_thread(state.metrics.save, state.pressure())


def _describe(app: FastAPI, *, needs_token: bool) -> None:
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = completed(plain(), needs_token=needs_token)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]

"""Starting the service: one process, or several that share the collections."""

from __future__ import annotations

import os
from typing import Any

import uvicorn
from fastapi import FastAPI

from glocal.service import json_logs
from glocal.service.app import create_app
from glocal.service.settings import Settings

_VARIABLE = "GLOCAL_SERVICE_SETTINGS"
_KEEP_ALIVE_SECONDS = 15
_GRACE_SECONDS = 5


def serve(settings: Settings) -> None:
    """Serve until interrupted.

    Raises:
        GlocalError: a collection cannot be opened.
    """
    json_logs.start()
    if settings.workers == 1:
        uvicorn.run(create_app(settings), host=settings.host, port=settings.port, **_options())
        return
    create_app(settings).state.glocal.close()  # whatever is wrong is said here, once and in plain words
    os.environ[_VARIABLE] = settings.to_json()  # workers are new processes: this reaches them, and no command line
    target = "glocal.service.server:worker"
    uvicorn.run(target, factory=True, host=settings.host, port=settings.port, workers=settings.workers, **_options())


def worker() -> FastAPI:
    """Make the application of a worker process."""
    json_logs.start()
    return create_app(Settings.from_json(os.environ[_VARIABLE]))


def _options() -> dict[str, Any]:
    return {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": _KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": _GRACE_SECONDS,
    }

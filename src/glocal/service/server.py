"""Starting the service: one process, or several that share the collections."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import uvicorn
from fastapi import FastAPI

from glocal.cluster import Cluster
from glocal.service import json_logs
from glocal.service.app import NOTHING, create_app
from glocal.service.connections import LimitedProtocol
from glocal.service.settings import Settings, SettingsError

_VARIABLE = "GLOCAL_SERVICE_SETTINGS"
_KEEP_ALIVE_SECONDS = 15
_GRACE_SECONDS = 5
_BACKLOG = 2048
_NOT_STARTED = 3
"""Exit code, as uvicorn has it."""


def listen(settings: Settings) -> socket.socket:
    """Take the address, before anything is loaded.

    Raises:
        SettingsError: another program has it, or it is not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.set_inheritable(True)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(_BACKLOG)  # two programs may bind one address, and only one may listen there
    except OSError as error:
        listening.close()
        raise SettingsError(
            f"{settings.host} port {settings.port}: {error.strerror}; choose another by --port, or end what is there"
        ) from error
    return listening


def serve(
    settings: Settings,
    listening: socket.socket | None = None,
    opened: Mapping[str, Cluster] = NOTHING,
    *,
    on_open: Callable[[], None] = lambda: None,
) -> None:
    """Serve until interrupted.

    Args:
        settings: what the operator decided.
        listening: as `listen` returns it; None: made of the settings.
        opened: collections, by their names, that are open already; they are closed at the end.
        on_open: called once all collections could be opened: the first search is answered soon.

    Raises:
        GlocalError: a collection cannot be opened, or the address is taken.
        SettingsError: what is open already was to be shared by several processes.
    """
    if opened and settings.workers > 1:
        raise SettingsError(f"{next(iter(opened))} is served by one process; leave --workers out")
    json_logs.start()
    taken = listening or listen(settings)
    if settings.workers == 1:
        server = uvicorn.Server(uvicorn.Config(create_app(settings, opened), **_options()))
        on_open()
        with suppress(KeyboardInterrupt):
            server.run([taken])
        if not server.started:
            sys.exit(_NOT_STARTED)
        return
    create_app(settings).state.glocal.close()  # whatever is wrong is said here, once and in plain words
    on_open()
    os.environ[_VARIABLE] = settings.to_json()  # workers are new processes: this reaches them, and no command line
    host, port = taken.getsockname()[:2]
    taken.close()  # uvicorn takes it again, and hands it to the workers
    target = "glocal.service.server:worker"
    uvicorn.run(target, factory=True, host=host, port=port, workers=settings.workers, **_options())


def worker() -> FastAPI:
    """Make the application of a worker process."""
    json_logs.start()
    return create_app(Settings.from_json(os.environ[_VARIABLE]))


def _options() -> dict[str, Any]:
    return {
        "http": LimitedProtocol,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": _KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": _GRACE_SECONDS,
    }

"""The outermost layer: who may come in, what is counted and logged, and that every failure is an answer."""

from __future__ import annotations

import secrets
import time
import traceback

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glocal.service.access.metrics import Metrics
from glocal.service.access.origin import is_known_host, is_own_page
from glocal.service.access.response_headers import harden
from glocal.service.access.tokens import Access, access_of
from glocal.service.json_logs import log
from glocal.service.problems import Problem, answer, explain
from glocal.service.settings import Settings

_READING = ("/search", "/match", "/queries")
"""Ends of paths to which a POST changes no collection."""

_OPEN = ("/api/v1/session", "/api/v1/openapi.json")


def needed(method: str, path: str) -> Access:
    """Return what a request needs to be allowed."""
    if path in _OPEN or not (path.startswith("/api/") or path == "/metrics"):
        return Access.NONE
    if method in ("GET", "HEAD", "OPTIONS") or path.endswith(_READING):
        return Access.READ
    return Access.WRITE


class Watch:
    """Middleware around everything.

    Args:
        app: the application it wraps.
        settings: tokens and names.
        metrics: where requests are counted.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self.settings = settings
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, request, status = time.monotonic(), secrets.token_hex(6), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                harden(headers)
                headers["X-Request-Id"] = request
            await send(message)

        try:
            self._admit(scope)
            await self.app(scope, receive, noting)
        except Problem as problem:
            if not status:
                await answer(problem)(scope, receive, noting)
        except Exception as error:  # noqa: BLE001  whatever it is, the client gets an answer and the log the reason
            log("crashed", request=request, trace="".join(traceback.format_exception(error)))
            if not status:
                await answer(explain(error))(scope, receive, noting)
        finally:
            self._note(scope, request, status, time.monotonic() - began)

    def _admit(self, scope: Scope) -> None:
        method, path, headers = scope["method"], scope["path"], Headers(scope=scope)
        if not is_known_host(self.settings, headers):
            raise Problem(421, "This service does not answer under that name; the operator can allow it.")
        if not is_own_page(method, headers):
            raise Problem(403, "Requests from other web pages are refused.")
        want = needed(method, path)
        if want is Access.NONE:
            return
        have = access_of(self.settings, headers, cookie_parser(headers.get("cookie", "")))
        if have is Access.NONE:
            raise Problem(401, "A token is needed: Authorization: Bearer TOKEN.")
        if have < want:
            raise Problem(403, "This token may only read.")

    def _note(self, scope: Scope, request: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        self.metrics.request(scope["method"], route, status, seconds)
        log("request", request=request, method=scope["method"], route=route, status=status, ms=round(1e3 * seconds, 1))

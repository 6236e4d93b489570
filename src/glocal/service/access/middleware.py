"""The outermost layer: who may come in, what is counted and logged, and that every failure is an answer."""

from __future__ import annotations

import math
import secrets
import time
import traceback

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glocal.service.access.metrics import Metrics
from glocal.service.access.origin import is_known_host, is_own_page
from glocal.service.access.rate_limits import RateLimits
from glocal.service.access.response_headers import harden
from glocal.service.access.tokens import ANYBODY, Access, Caller, Tokens
from glocal.service.json_logs import log
from glocal.service.problems import Problem, answer, explain
from glocal.service.settings import Settings

_READING = ("/search", "/match", "/queries")
"""Ends of paths to which a POST changes no collection."""

_OTHER_PAGE = (
    "Requests from other web pages are refused: the page's address (Origin) is not what the request names (Host). "
    "If a proxy stands between them, let it pass on Host, or start the service with --behind-proxy ADDRESS."
)

_ADMIN = "/api/v1/admin/"
_ROOTS = "/api/v1/roots/"
"""Folders of the server: named to those alone who may have them indexed."""

_SAFE = ("GET", "HEAD", "OPTIONS")
_UNCOUNTED = ("/picture", "/events")
"""Ends of paths that no limit of requests counts: a page of results has dozens of pictures."""

_OPEN = ("/api/v1/session", "/api/v1/openapi.json")


def needed(method: str, path: str) -> Access:
    """Return what a request needs to be allowed."""
    if path in _OPEN or not (path.startswith("/api/") or path == "/metrics"):
        return Access.NONE
    if path.startswith(_ADMIN):
        return Access.ADMIN
    if (method in _SAFE and not path.startswith(_ROOTS)) or path.endswith(_READING):
        return Access.READ
    return Access.WRITE


class Watch:
    """Middleware around everything.

    Args:
        app: the application it wraps.
        settings: names.
        tokens: who may come in.
        metrics: where requests are counted.
    """

    def __init__(self, app: ASGIApp, settings: Settings, tokens: Tokens, metrics: Metrics) -> None:
        self.app = app
        self.settings = settings
        self.tokens = tokens
        self.metrics = metrics
        self.limits = RateLimits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, request, status, caller = time.monotonic(), secrets.token_hex(6), 0, ANYBODY

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                harden(headers)
                headers["X-Request-Id"] = request
            await send(message)

        try:
            caller = self._admitted(scope)
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
            self._note_change(scope, request, status, caller)

    def _admitted(self, scope: Scope) -> Caller:
        method, path, headers = scope["method"], scope["path"], Headers(scope=scope)
        if "content-length" in headers and "transfer-encoding" in headers:  # which says where the next request begins?
            raise Problem(400, "A request has Content-Length or Transfer-Encoding, not both.")
        if not self.tokens.needed and not is_known_host(self.settings, headers):
            raise Problem(
                421, "This service does not answer under that name; start it with --hostname NAME to allow it."
            )
        if not is_own_page(method, headers):
            raise Problem(403, _OTHER_PAGE)
        want = needed(method, path)
        caller = self.tokens.caller(headers, cookie_parser(headers.get("cookie", "")))
        if want is Access.NONE:
            return caller
        if caller.access is Access.NONE:
            raise Problem(401, "A token is needed: Authorization: Bearer TOKEN.")
        if caller.access < want:
            is_reader = caller.access is Access.READ
            raise Problem(403, "This token may only read." if is_reader else "This needs the token of an admin.")
        self._limit(caller, path)
        return caller

    def _limit(self, caller: Caller, path: str) -> None:
        if caller.per_minute is None or path.endswith(_UNCOUNTED):
            return
        wait = self.limits.seconds_to_wait(caller.name, caller.per_minute)
        if wait > 0:
            often = f"This token may ask {caller.per_minute} times a minute; wait a moment."
            raise Problem(429, often, retry_after=math.ceil(wait))

    def _note(self, scope: Scope, request: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        self.metrics.request(scope["method"], route, status, seconds)
        log("request", request=request, method=scope["method"], route=route, status=status, ms=round(1e3 * seconds, 1))

    def _note_change(self, scope: Scope, request: str, status: int, caller: Caller) -> None:
        """Write who changed what into the log: a line for each change that was done."""
        if status >= 400 or scope["method"] in _SAFE or needed(scope["method"], scope["path"]) < Access.WRITE:
            return
        route = getattr(scope.get("route"), "path", "other")
        address = scope["client"][0] if scope.get("client") else ""
        parts = {name: str(value) for name, value in scope.get("path_params", {}).items()}
        log("change", request=request, by=caller.name, address=address, method=scope["method"], route=route, **parts)

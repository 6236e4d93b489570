"""Behind a reverse proxy: what it says of the client, if its address is trusted, and the path before ours."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from glocal.service.settings import Network, Settings, networks_of

_SCHEMES = ("http", "https")


class BehindProxy:
    """Middleware that lets the rest see requests as the client made them.

    Of a proxy at a trusted address, `X-Forwarded-Proto` becomes the scheme, `X-Forwarded-Host` the host, and the last
    address of `X-Forwarded-For` that is no trusted proxy's own becomes the client. From any other address these headers
    mean nothing. The root path is taken off, whether the proxy left it on or not; without its last slash it leads
    to the page.

    Args:
        app: the application it wraps.
        settings: the trusted addresses and the root path.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._trusted = networks_of(settings.proxies)
        self._root = settings.root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http":
            if self._root and scope["path"] == self._root:  # below it the page's links would be one step too high
                asked = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
                await RedirectResponse(f"{self._root}/{asked}", 308)(scope, receive, send)
                return
            scope = self._below_root(scope)
            if scope["client"] and _is_in(scope["client"][0], self._trusted):
                scope = self._forwarded(scope)
        await self.app(scope, receive, send)

    def _below_root(self, scope: Scope) -> Scope:
        path: str = scope["path"]
        if not self._root or not path.startswith(f"{self._root}/"):
            return scope
        return {**scope, "path": path[len(self._root) :]}

    def _forwarded(self, scope: Scope) -> Scope:
        headers = Headers(scope=scope)
        scheme = _last(headers.get("x-forwarded-proto", ""))
        host = _last(headers.get("x-forwarded-host", ""))
        hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        client = next((hop for hop in reversed(hops) if not _is_in(hop, self._trusted)), None)
        changed = dict(scope)
        if scheme in _SCHEMES:
            changed["scheme"] = scheme
        if host:
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            changed["headers"] = [(b"host", host.encode("latin-1")), *others]
        if client is not None and _is_address(client):
            changed["client"] = (client, 0)
        return changed


def _last(header: str) -> str:
    """Return what the proxy nearest to us said, where several are in a row."""
    return header.rpartition(",")[2].strip()


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    try:
        return any(ipaddress.ip_address(address) in network for network in networks)
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True

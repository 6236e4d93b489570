"""Which web pages may call: none but our own. A page elsewhere must not reach a service on its visitor's machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers

from glocal.service.settings import Settings

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_known_host(settings: Settings, headers: Headers) -> bool:
    """Say whether the Host header names us.

    Without tokens this is what stops DNS rebinding: a foreign page whose own name was made to point to this
    machine. With tokens no check is needed, as that page has neither token nor cookie.
    """
    name = _hostname(headers.get("host", ""))
    return name in _LOOPBACK or name in settings.hostnames


def is_own_page(method: str, headers: Headers) -> bool:
    """Say whether a request that may change something comes from our own page, or from no page at all."""
    if method in _SAFE_METHODS:
        return True
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""

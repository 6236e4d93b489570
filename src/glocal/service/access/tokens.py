"""Who may do what: tokens compared in constant time, and the cookie that carries one for the page."""

from __future__ import annotations

import hashlib
import hmac
from enum import IntEnum

from starlette.datastructures import Headers

from glocal.service.settings import Settings

COOKIE = "glocal_session"


class Access(IntEnum):
    """What a caller may do; each level includes those before it."""

    NONE = 0
    READ = 1
    WRITE = 2


def access_of_token(settings: Settings, given: str) -> Access:
    """Return what a token allows."""
    found = Access.NONE
    # Both are always compared, so that the time taken tells nothing.
    if _same(settings.read_token, given):
        found = Access.READ
    if _same(settings.token, given):
        found = Access.WRITE
    return found


def access_of(settings: Settings, headers: Headers, cookies: dict[str, str]) -> Access:
    """Return what a request allows, by its bearer token or else its cookie."""
    if settings.token is None:
        return Access.WRITE
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return access_of_token(settings, given.strip())
    given = cookies.get(COOKIE, "")
    found = Access.NONE
    for token, access in ((settings.read_token, Access.READ), (settings.token, Access.WRITE)):
        if token is not None and _same(session_value(token), given):
            found = access
    return found


def session_value(token: str) -> str:
    """Return the cookie that stands for a token; the token cannot be computed from it."""
    return hmac.new(token.encode(), b"glocal session 1", hashlib.sha256).hexdigest()


def _same(secret: str | None, given: str) -> bool:
    """Compare hashes: their equal length and `compare_digest` leave nothing to be timed."""
    expected = hashlib.sha256((secret or "").encode()).digest()
    found = hashlib.sha256(given.encode("utf-8", "surrogatepass")).digest()
    return hmac.compare_digest(expected, found) and secret is not None

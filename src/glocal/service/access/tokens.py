"""Who may do what: tokens compared in constant time, and the cookie that carries one for the page."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from starlette.datastructures import Headers

from glocal.service.access.token_file import NamedToken, TokenFile, digest, given_by
from glocal.service.settings import Settings

COOKIE = "glocal_session"


class Access(IntEnum):
    """What a caller may do; each level includes those before it."""

    NONE = 0
    READ = 1
    WRITE = 2
    ADMIN = 3


_LEVELS = {"read": Access.READ, "write": Access.WRITE, "admin": Access.ADMIN}


@dataclass(frozen=True)
class Caller:
    """Who calls.

    Attributes:
        name: of the token; empty without one.
        access: what it allows.
        per_minute: most requests a minute; None: no limit of its own.
    """

    name: str
    access: Access
    per_minute: int | None = None


NOBODY = Caller("", Access.NONE)
ANYBODY = Caller("", Access.ADMIN)
"""Everybody who reaches a service without tokens, which is this machine alone."""


class Tokens:
    """All tokens of a service: those of its settings, and the named ones of its token file.

    Args:
        settings: what the operator decided.
    """

    def __init__(self, settings: Settings) -> None:
        self._file = TokenFile(settings.state)
        given: list[NamedToken] = []
        if settings.token is not None:
            given.append(given_by(settings.token, "GLOCAL_TOKEN", "admin"))
        if settings.read_token is not None:
            given.append(given_by(settings.read_token, "GLOCAL_READ_TOKEN", "read"))
        self._given = tuple(given)

    @property
    def needed(self) -> bool:
        """Whether callers need one."""
        return bool(self._given) or self._file.exists()

    def caller(self, headers: Headers, cookies: Mapping[str, str]) -> Caller:
        """Return who sends a request, by its bearer token or else its cookie."""
        if not self.needed:
            return ANYBODY
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.owner(given.strip())
        hashed = digest(cookies.get(COOKIE, ""))
        return self._found([(token.session_hash, token) for token in self._all()], hashed)

    def owner(self, token: str) -> Caller:
        """Return whose a token is."""
        if not self.needed:
            return ANYBODY
        return self._found([(known.token_hash, known) for known in self._all()], digest(token))

    def _all(self) -> tuple[NamedToken, ...]:
        return (*self._given, *self._file.all())

    def _found(self, known: list[tuple[str, NamedToken]], given: str) -> Caller:
        found = NOBODY
        for expected, token in known:  # all are always compared, so that the time taken tells nothing
            if hmac.compare_digest(expected, given):
                found = Caller(token.name, _LEVELS[token.rights], token.per_minute)
        return found

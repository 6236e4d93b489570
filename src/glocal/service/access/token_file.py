"""Named tokens: made and revoked by an operator, kept as hashes in one small file beside the jobs."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from glocal.files import write_whole
from glocal.service.settings import ACCESS_FILE, NAME, SettingsError

Rights = Literal["read", "write", "admin"]
"""read: search. write: add, annotate and remove photos too. admin: check, repair and back up as well."""

_BYTES = 24
"""Of chance in a token: 192 bits, so that a fast hash of it is enough."""


@dataclass(frozen=True)
class NamedToken:
    """A token, without what its owner keeps.

    Attributes:
        name: of whoever has it; stands in the log.
        rights: what it allows.
        token_hash: SHA-256 of it, in hexadecimal.
        session_hash: the same of the cookie that stands for it.
        created: seconds since 1970.
        per_minute: most requests a minute; None: as many as there is room for.

    Raises:
        SettingsError: the name or the rights are none, or the number is not positive.
    """

    name: str
    rights: Rights
    token_hash: str
    session_hash: str
    created: float
    per_minute: int | None = None

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise SettingsError(f"{self.name!r}: name a token with letters, digits, - and _")
        if self.rights not in get_args(Rights):
            raise SettingsError(f"{self.rights!r}: rights are {', '.join(get_args(Rights))}")
        if self.per_minute is not None and self.per_minute < 1:
            raise SettingsError("the requests a minute must be at least 1")


class TokenFile:
    """The named tokens of a service. Once the file is there, tokens are needed, even if all of them were revoked.

    Args:
        folder: of the service's state.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / ACCESS_FILE
        self._read: tuple[tuple[int, int, int], tuple[NamedToken, ...]] | None = None

    def exists(self) -> bool:
        """Say whether tokens were ever made."""
        return self._path.exists()

    def all(self) -> tuple[NamedToken, ...]:
        """Return the tokens, in the order they were made. The file is read again when it changed.

        Raises:
            SettingsError: it is damaged.
        """
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return ()
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        known = self._read
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            tokens = tuple(NamedToken(**values) for values in json.loads(self._path.read_text("utf-8"))["tokens"])
        except (ValueError, TypeError, KeyError) as error:
            raise SettingsError(f"{self._path}: is damaged; delete it and make the tokens anew") from error
        self._read = stamp, tokens
        return tokens

    def add(self, name: str, rights: Rights, per_minute: int | None = None) -> str:
        """Make a token and return it: it is not kept, and cannot be shown again.

        Raises:
            SettingsError: there is one of that name, or see `NamedToken`.
        """
        tokens = self.all()
        if any(token.name == name for token in tokens):
            raise SettingsError(f"there is a token {name} already; revoke it first")
        token = secrets.token_urlsafe(_BYTES)
        made = NamedToken(name, rights, digest(token), digest(session_value(token)), round(time.time()), per_minute)
        self._write((*tokens, made))
        return token

    def revoke(self, name: str) -> None:
        """Let a token mean nothing from now on.

        Raises:
            SettingsError: there is none of that name.
        """
        tokens = self.all()
        if all(token.name != name for token in tokens):
            raise SettingsError(f"there is no token {name}; `glocal token list` says which there are")
        self._write(tuple(token for token in tokens if token.name != name))

    def _write(self, tokens: tuple[NamedToken, ...]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._path.exists():
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))  # permissions stay when it is replaced
        write_whole(self._path, json.dumps({"tokens": [asdict(token) for token in tokens]}, indent=2) + "\n")


def digest(secret: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def session_value(token: str) -> str:
    """Return the cookie that stands for a token; the token cannot be computed from it."""
    return hmac.new(token.encode(), b"glocal session 1", hashlib.sha256).hexdigest()


def given_by(settings_token: str, name: str, rights: Rights) -> NamedToken:
    """Return a token of the command line or the environment in the form of the others."""
    return NamedToken(name, rights, digest(settings_token), digest(session_value(settings_token)), 0.0)

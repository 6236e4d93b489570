"""Named tokens: what is kept of them, what they allow, how often, and when they end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the service needs the [serve] extra")

from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from glocal.service.access import Access, TokenFile, Tokens, session_value
from glocal.service.access.rate_limits import RateLimits
from glocal.service.access.tokens import COOKIE
from glocal.service.settings import Settings, SettingsError


def tokens_of(folder: Path) -> Tokens:
    return Tokens(Settings({"demo": Path("c")}, folder))


def bearer(token: str) -> Headers:
    return Headers({"authorization": f"Bearer {token}"})


def test_a_token_allows_what_it_was_made_for(tmp_path: Path) -> None:
    made = {rights: TokenFile(tmp_path).add(f"a-{rights}", rights) for rights in ("read", "write", "admin")}  # type: ignore[arg-type]
    tokens = tokens_of(tmp_path)
    for rights, token in made.items():
        for caller in (tokens.caller(bearer(token), {}), tokens.caller(Headers({}), {COOKIE: session_value(token)})):
            assert (caller.name, caller.access) == (f"a-{rights}", Access[rights.upper()])
    assert tokens.caller(bearer("another"), {}).access is Access.NONE


def test_the_file_holds_no_token_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    token = TokenFile(tmp_path).add("anna", "write")
    (file,) = tmp_path.iterdir()
    text = file.read_text()
    assert token not in text
    assert session_value(token) not in text
    assert file.stat().st_mode & 0o077 == 0
    for stored in ("token_hash", "session_hash"):  # what is stolen from the file opens nothing
        stolen = text.split(f'"{stored}": "')[1].split('"')[0]
        assert tokens_of(tmp_path).caller(bearer(stolen), {}).access is Access.NONE
        assert tokens_of(tmp_path).caller(Headers({}), {COOKIE: stolen}).access is Access.NONE


def test_a_revoked_token_ends_at_once_and_nobody_comes_in_without(tmp_path: Path) -> None:
    running = tokens_of(tmp_path)
    assert not running.needed
    assert running.caller(Headers({}), {}).access is Access.ADMIN
    token = TokenFile(tmp_path).add("anna", "write")
    assert running.caller(bearer(token), {}).access is Access.WRITE
    TokenFile(tmp_path).revoke("anna")
    assert running.caller(bearer(token), {}).access is Access.NONE
    assert running.caller(Headers({}), {}).access is Access.NONE


def test_mistakes_are_said(tmp_path: Path) -> None:
    file = TokenFile(tmp_path)
    file.add("anna", "read")
    for name, rights in (("anna", "read"), ("with space", "read"), ("ben", "everything")):
        with pytest.raises(SettingsError):
            file.add(name, rights)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="no token ben"):
        file.revoke("ben")
    (tmp_path / "tokens.json").write_text("{")
    os.utime(tmp_path / "tokens.json", ns=(1, 1))
    with pytest.raises(SettingsError, match="damaged"):
        file.all()


@given(per_minute=st.integers(1, 300), pauses=st.lists(st.floats(0, 90), max_size=200))
def test_nobody_asks_more_often_than_allowed(per_minute: int, pauses: list[float]) -> None:
    """Whatever the pauses: in any minute at most twice the limit, and who waits as long as was said is let in."""
    now = 0.0
    limits = RateLimits(lambda: now)
    taken: list[float] = []
    for pause in pauses:
        now += pause
        wait = limits.seconds_to_wait("anna", per_minute)
        if wait == 0:
            taken.append(now)
        else:
            now += wait + 1e-6
            assert limits.seconds_to_wait("anna", per_minute) == 0
            taken.append(now)
    for start in taken:
        assert sum(start <= one < start + 60 for one in taken) <= 2 * per_minute
    assert limits.seconds_to_wait("ben", per_minute) == 0

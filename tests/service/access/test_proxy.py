"""What a proxy says is believed from its address alone; HEAD is GET without a body."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the service needs the [serve] extra")

from starlette.types import Message, Receive, Scope, Send

from glocal.service.access import BehindProxy, HeadRequests
from glocal.service.settings import Settings, SettingsError

PROXY = "10.1.2.3"
FORWARDED = {
    "host": "inner:8000",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "photos.example",
    "x-forwarded-for": "6.6.6.6, 203.0.113.9, 10.9.9.9",
}


def settings(**changes: Any) -> Settings:
    return Settings(collections={"demo": Path("c")}, state=Path("s"), **changes)


def seen(given: Settings, client: str, path: str = "/api/v1/jobs", **headers: str) -> Scope:
    """Return what the application sees of a request."""
    found: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(scope)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "client": (client, 1), "scheme": "http", "path": path, "headers": raw}
    asyncio.run(BehindProxy(app, given)(scope, None, None))  # type: ignore[arg-type]
    return found[0]


def test_a_trusted_proxy_speaks_for_the_client() -> None:
    scope = seen(settings(proxies=("10.0.0.0/8",)), PROXY, **FORWARDED)
    assert scope["scheme"] == "https"
    assert dict(scope["headers"])[b"host"] == b"photos.example"
    assert scope["client"][0] == "203.0.113.9"  # 6.6.6.6 is what the client said of itself


@pytest.mark.parametrize("proxies", [(), ("10.1.2.4",), ("::1",)])
def test_anybody_else_does_not(proxies: tuple[str, ...]) -> None:
    scope = seen(settings(proxies=proxies), PROXY, **FORWARDED)
    assert scope["scheme"] == "http"
    assert dict(scope["headers"])[b"host"] == b"inner:8000"
    assert scope["client"][0] == PROXY


@pytest.mark.parametrize("value", ["gopher", "", "https, javascript"])
def test_what_is_no_scheme_changes_nothing(value: str) -> None:
    given = settings(proxies=(PROXY,))
    assert seen(given, PROXY, **{"x-forwarded-proto": value})["scheme"] == "http"
    assert seen(given, PROXY, **{"x-forwarded-for": "not an address"})["client"][0] == PROXY


@pytest.mark.parametrize(
    ("path", "inner"),
    [
        ("/photos/api/v1/jobs", "/api/v1/jobs"),
        ("/api/v1/jobs", "/api/v1/jobs"),
        ("/photos/", "/"),
        ("/photosapi/v1", "/photosapi/v1"),
    ],
)
def test_the_root_path_may_be_left_on_or_not(path: str, inner: str) -> None:
    assert seen(settings(root_path="/photos"), "127.0.0.1", path)["path"] == inner


def test_the_root_path_without_its_slash_leads_to_the_page() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "client": None, "path": "/photos", "query_string": b"page=browse", "headers": []}
    asyncio.run(BehindProxy(None, settings(root_path="/photos"))(scope, None, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 308
    assert (b"location", b"/photos/?page=browse") in sent[0]["headers"]


@pytest.mark.parametrize("changes", [{"root_path": "photos"}, {"root_path": "/a b"}, {"root_path": "/.."}])
def test_odd_root_paths_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="--root-path"):
        settings(**changes)


def test_odd_proxies_are_refused() -> None:
    with pytest.raises(SettingsError, match="--behind-proxy"):
        settings(proxies=("proxy.example",))


def test_head_is_get_without_a_body_and_ends_a_stream() -> None:
    sent: list[Message] = []
    seen_method: list[str] = []

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        seen_method.append(scope["method"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-length", b"9")]})
        while (await receive())["type"] != "http.disconnect":
            await send({"type": "http.response.body", "body": b"more", "more_body": True})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(asyncio.wait_for(HeadRequests(endless)({"type": "http", "method": "HEAD"}, receive, send), 5))
    assert seen_method == ["GET"]
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[1] == {"type": "http.response.body", "body": b""}

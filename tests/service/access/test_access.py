"""Tokens, origins, back-pressure and counters, each by itself."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.datastructures import Headers

from glocal.service.access.back_pressure import Gate
from glocal.service.access.metrics import Metrics
from glocal.service.access.middleware import needed
from glocal.service.access.origin import is_known_host, is_own_page
from glocal.service.access.tokens import COOKIE, Access, access_of, session_value
from glocal.service.problems import Problem
from glocal.service.routes import jobs, photos, pictures, proofs, search
from glocal.service.settings import Settings

WRITER, READER = "writer-token-0123456789", "reader-token-0123456789"
OPEN = Settings({"demo": Path("c")}, Path("s"), hostnames=("nas",))
CLOSED = Settings({"demo": Path("c")}, Path("s"), token=WRITER, read_token=READER)


@pytest.mark.parametrize(
    ("header", "access"),
    [
        (f"Bearer {WRITER}", Access.WRITE),
        (f"bearer {READER}", Access.READ),
        (f"Bearer {READER[:-1]}", Access.NONE),
        (f"Basic {WRITER}", Access.NONE),
        ("Bearer ", Access.NONE),
        ("", Access.NONE),
    ],
)
def test_bearer_tokens(header: str, access: Access) -> None:
    assert access_of(CLOSED, Headers({"authorization": header}), {}) is access


def test_the_cookie_stands_for_its_token_and_is_not_it() -> None:
    for token, access in ((WRITER, Access.WRITE), (READER, Access.READ)):
        assert access_of(CLOSED, Headers({}), {COOKIE: session_value(token)}) is access
        assert access_of(CLOSED, Headers({}), {COOKIE: token}) is Access.NONE
        assert access_of(CLOSED, Headers({"authorization": f"Bearer {session_value(token)}"}), {}) is Access.NONE


def test_a_missing_read_token_is_not_the_empty_one() -> None:
    only = Settings({"demo": Path("c")}, Path("s"), token=WRITER)
    assert access_of(only, Headers({"authorization": "Bearer "}), {}) is Access.NONE
    assert access_of(only, Headers({}), {COOKIE: session_value("")}) is Access.NONE


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8000", True),
        ("localhost", True),
        ("[::1]:8000", True),
        ("NAS:80", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost@evil.example", False),
        ("", False),
        ("[", False),
    ],
)
def test_without_tokens_only_our_names_are_answered(host: str, known: bool) -> None:
    assert is_known_host(OPEN, Headers({"host": host})) is known
    assert is_known_host(CLOSED, Headers({"host": host}))


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        ({"origin": "http://127.0.0.1:8000"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8000"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8000"}, True),
    ],
)
def test_other_pages_cannot_change_anything(headers: dict[str, str], own: bool) -> None:
    asked = Headers({"host": "127.0.0.1:8000", **headers})
    assert is_own_page("POST", asked) is own
    assert is_own_page("GET", asked)


def test_every_route_needs_at_least_reading_and_every_change_writing() -> None:
    changing = set()
    for room in (search, proofs, pictures, photos, jobs):
        for route in (route for route in room.router.routes if isinstance(route, APIRoute)):
            for method in route.methods or ():
                want = needed(method, f"/api/v1{route.path}")
                assert want >= Access.READ
                if want is Access.WRITE:
                    changing.add(route.name)
    assert changing == {"add_photos", "add_folder", "annotate", "remove", "cancel", "find_duplicates"}
    assert needed("POST", "/api/v1/anything/new") is Access.WRITE
    assert needed("GET", "/metrics") is Access.READ


def test_a_gate_lets_so_many_in_so_many_wait_and_refuses_the_rest() -> None:
    async def run() -> None:
        gate, release = Gate(2, 3, 30), threading.Event()
        running = [asyncio.create_task(gate.run(release.wait)) for _ in range(5)]
        await asyncio.sleep(0.05)
        with pytest.raises(Problem) as refused:
            await gate.run(release.wait)
        assert (refused.value.status_code, refused.value.retry_after, gate.refused) == (429, 1, 1)
        release.set()
        assert await asyncio.gather(*running) == [True] * 5
        await asyncio.sleep(0.05)
        assert gate.pending == 0
        gate.close()

    asyncio.run(run())


def test_who_waited_too_long_or_went_away_costs_no_work() -> None:
    async def run() -> None:
        gate, release, done = Gate(1, 5, 0.05), threading.Event(), []
        first = asyncio.create_task(gate.run(release.wait))
        late = asyncio.create_task(gate.run(lambda: done.append("late")))
        gone = asyncio.create_task(gate.run(lambda: done.append("gone")))
        await asyncio.sleep(0.1)
        gone.cancel()
        release.set()
        await first
        with pytest.raises(Problem):
            await late
        await asyncio.sleep(0.05)
        assert (done, gate.pending) == ([], 0)
        gate.close()

    asyncio.run(run())


def test_a_gate_passes_errors_on_and_stays_open() -> None:
    def fail() -> None:
        raise KeyError("inside")

    async def run() -> None:
        gate = Gate(1, 1, 5)
        with pytest.raises(KeyError):
            await gate.run(fail)
        assert await gate.run(lambda: 7) == 7
        gate.close()

    asyncio.run(run())


def values_of(text: str) -> dict[str, float]:
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_metrics_add_up_over_workers_and_histograms_are_cumulative(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path)
    for seconds in (0.001, 0.02, 0.5, 99):
        metrics.request("GET", "/x", 200, seconds)
    metrics.save({})
    next(tmp_path.glob("*.json")).rename(tmp_path / "1.json")
    text = metrics.text({}, {'glocal_photos{collection="a"}': 5})
    values = values_of(text)
    assert values['glocal_requests_total{method="GET",route="/x",status="200"}'] == 8
    assert max(value for name, value in values.items() if "_bucket" in name) == 8
    assert values['glocal_request_seconds_bucket{method="GET",route="/x",le="0.01"}'] == 2
    assert values['glocal_request_seconds_bucket{method="GET",route="/x",le="+Inf"}'] == 8
    assert "# TYPE glocal_request_seconds histogram" in text
    assert values['glocal_photos{collection="a"}'] == 5


def test_what_waits_is_that_of_all_workers_there_are(tmp_path: Path) -> None:
    other = Metrics(tmp_path)
    other.save({'glocal_pending{gate="searches"}': 5, 'glocal_refused_total{gate="searches"}': 2})
    file = next(tmp_path.glob("*.json")).rename(tmp_path / "1.json")
    own = {'glocal_pending{gate="searches"}': 3.0, 'glocal_refused_total{gate="searches"}': 1.0}
    text = Metrics(tmp_path).text(own, {})
    assert values_of(text) == {'glocal_pending{gate="searches"}': 8, 'glocal_refused_total{gate="searches"}': 3}
    assert "# TYPE glocal_pending gauge" in text
    assert "# TYPE glocal_refused_total counter" in text
    os.utime(file, (0, 0))  # that worker ended long ago: nothing waits there, but what it refused was refused
    values = values_of(Metrics(tmp_path).text(own, {}))
    assert values == {'glocal_pending{gate="searches"}': 3, 'glocal_refused_total{gate="searches"}': 3}

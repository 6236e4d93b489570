"""Tokens, origins, back-pressure and counters, each by itself."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus_text
from starlette.datastructures import Headers
from waiting import PATIENCE_SECONDS

from glocal.service.access.back_pressure import Gate
from glocal.service.access.metric_families import Sample, sample
from glocal.service.access.metrics import Metrics
from glocal.service.access.middleware import needed
from glocal.service.access.origin import is_known_host, is_own_page
from glocal.service.access.token_file import session_value
from glocal.service.access.tokens import COOKIE, Access, Tokens
from glocal.service.problems import Problem
from glocal.service.routes import albums, duplicates, folders, jobs, judgements, photos, pictures, proofs, search
from glocal.service.settings import Settings

WRITER, READER = "writer-token-0123456789", "reader-token-0123456789"
OPEN = Settings({"demo": Path("c")}, Path("s"), hostnames=("nas",))
CLOSED = Settings({"demo": Path("c")}, Path("s"), token=WRITER, read_token=READER)


@pytest.mark.parametrize(
    ("header", "access"),
    [
        (f"Bearer {WRITER}", Access.ADMIN),
        (f"bearer {READER}", Access.READ),
        (f"Bearer {READER[:-1]}", Access.NONE),
        (f"Basic {WRITER}", Access.NONE),
        ("Bearer ", Access.NONE),
        ("", Access.NONE),
    ],
)
def test_bearer_tokens(header: str, access: Access) -> None:
    assert Tokens(CLOSED).caller(Headers({"authorization": header}), {}).access is access


def test_the_cookie_stands_for_its_token_and_is_not_it() -> None:
    tokens = Tokens(CLOSED)
    for token, access in ((WRITER, Access.ADMIN), (READER, Access.READ)):
        assert tokens.caller(Headers({}), {COOKIE: session_value(token)}).access is access
        assert tokens.caller(Headers({}), {COOKIE: token}).access is Access.NONE
        stolen = Headers({"authorization": f"Bearer {session_value(token)}"})
        assert tokens.caller(stolen, {}).access is Access.NONE


def test_a_missing_read_token_is_not_the_empty_one() -> None:
    only = Tokens(Settings({"demo": Path("c")}, Path("s"), token=WRITER))
    assert only.caller(Headers({"authorization": "Bearer "}), {}).access is Access.NONE
    assert only.caller(Headers({}), {COOKIE: session_value("")}).access is Access.NONE


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
    for room in (search, proofs, pictures, photos, folders, albums, duplicates, judgements, jobs):
        for route in (route for route in room.router.routes if isinstance(route, APIRoute)):
            for method in route.methods or ():
                want = needed(method, f"/api/v1{route.path}")
                assert want >= Access.READ
                if want is Access.WRITE:
                    changing.add(route.name)
    assert changing == {
        *("add_photos", "add_folder", "annotate_photo", "remove_photo", "judge", "cancel_job", "find_duplicates"),
        *("server_folder", "sort_into_albums"),
    }
    assert needed("POST", "/api/v1/anything/new") is Access.WRITE
    assert needed("GET", "/metrics") is Access.READ
    assert needed("GET", "/api/v1/admin/check") is Access.ADMIN


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


def test_a_gate_lets_so_many_in_so_many_wait_and_refuses_the_rest() -> None:
    async def run() -> None:
        gate, release = Gate(2, 3, 30), threading.Event()
        running = [asyncio.create_task(gate.run(release.wait)) for _ in range(5)]
        await until(lambda: gate.pending == 5)
        with pytest.raises(Problem) as refused:
            await gate.run(release.wait)
        assert (refused.value.status_code, refused.value.retry_after, gate.refused) == (429, 1, 1)
        release.set()
        assert await asyncio.gather(*running) == [True] * 5
        await until(lambda: gate.pending == 0)
        gate.close()

    asyncio.run(run())


def test_who_waited_too_long_or_went_away_costs_no_work() -> None:
    async def run() -> None:
        gate, began, release, done = Gate(1, 5, 0.5), threading.Event(), threading.Event(), []
        first = asyncio.create_task(gate.run(lambda: began.set() or release.wait()))
        late = asyncio.create_task(gate.run(lambda: done.append("late")))
        gone = asyncio.create_task(gate.run(lambda: done.append("gone")))
        await until(began.is_set)
        await asyncio.sleep(0.6)  # longer than anyone may wait
        gone.cancel()
        release.set()
        await first
        with pytest.raises(Problem):
            await late
        await until(lambda: gate.pending == 0)
        assert done == []
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


def values_of(metrics: Metrics, own: dict[Sample, float], accept: str = "") -> dict[str, float]:
    """Return what Prometheus' own parser reads: sample with its labels to value."""
    document, media_type = metrics.exposition(own, {}, accept)
    parse = open_metrics if "openmetrics" in media_type else prometheus_text
    return {
        f"{found.name}{sorted(found.labels.items())}": found.value
        for family in parse(document.decode())
        for found in family.samples
    }


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text; version=1.0.0"])
def test_metrics_add_up_over_workers_and_histograms_are_cumulative(tmp_path: Path, accept: str) -> None:
    workers = [Metrics(tmp_path) for _ in range(2)]
    for metrics in workers:
        for seconds in (0.001, 0.02, 0.5, 99):
            metrics.request("GET", "/x", 200, seconds)
        metrics.save({})
        metrics.save({})  # what was counted before is not counted again
    values = values_of(Metrics(tmp_path), {}, accept)
    labels = [("method", "GET"), ("route", "/x")]
    assert values[f"glocal_requests_total{[*labels, ('status', '200')]}"] == 8
    buckets = [values[f"glocal_request_seconds_bucket{[('le', bound), *labels]}"] for bound in ("0.01", "1", "+Inf")]
    assert buckets == [2, 6, 8]
    assert values[f"glocal_request_seconds_count{labels}"] == 8
    assert values[f"glocal_request_seconds_sum{labels}"] == pytest.approx(2 * 99.521)


def test_every_metric_says_what_it_means_and_buckets_stand_in_their_order(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path)
    metrics.request("GET", "/x", 200, 0.2)
    document, _ = metrics.exposition({}, {sample("glocal_photos", collection="a"): 5}, "")
    lines = document.decode().splitlines()
    names = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert names == {line.split()[2] for line in lines if line.startswith("# HELP")}
    assert names == {"glocal_requests_total", "glocal_request_seconds", "glocal_photos"}
    bounds = [line.split('le="')[1].split('"')[0] for line in lines if "_bucket{" in line]
    assert bounds == sorted(bounds, key=float)
    assert bounds[-1] == "+Inf"
    assert 'glocal_photos{collection="a"} 5.0' in lines


def test_what_waits_is_that_of_all_workers_there_are(tmp_path: Path) -> None:
    pending, refused = sample("glocal_pending", gate="searches"), sample("glocal_refused_total", gate="searches")
    ended, living = Metrics(tmp_path), Metrics(tmp_path)
    ended.save({pending: 5, refused: 2})
    both = values_of(living, {pending: 3, refused: 1})
    assert both == {"glocal_pending[('gate', 'searches')]": 8, "glocal_refused_total[('gate', 'searches')]": 3}
    with closing(sqlite3.connect(tmp_path / "metrics.sqlite")) as connection:
        connection.execute("UPDATE gauges SET at = 0 WHERE value = 5")  # that worker ended long ago
        connection.commit()
    now = values_of(living, {pending: 4, refused: 1})
    assert now == {"glocal_pending[('gate', 'searches')]": 4, "glocal_refused_total[('gate', 'searches')]": 3}


def test_workers_that_come_and_go_leave_no_more_than_one_file(tmp_path: Path) -> None:
    for _ in range(20):
        Metrics(tmp_path).save({sample("glocal_refused_total", gate="searches"): 1})
    assert {path.name.partition(".sqlite")[0] for path in tmp_path.iterdir()} == {"metrics"}
    assert values_of(Metrics(tmp_path), {}) == {"glocal_refused_total[('gate', 'searches')]": 20}


def test_workers_count_at_the_same_time_without_losing_any(tmp_path: Path) -> None:
    key = sample("glocal_refused_total", gate="searches")

    def work(_: int) -> None:
        metrics = Metrics(tmp_path)
        for count in range(1, 26):
            metrics.save({key: count})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert list(values_of(Metrics(tmp_path), {}).values()) == [100]

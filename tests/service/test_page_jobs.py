"""Long work in a real browser: followed, stopped, and out of the way of everything else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from much_work import COPIES, copy_many_times
from service_process import JOB_SECONDS, ServiceProcess, wait_for
from waiting import becomes
from web_page import CHROMIUM, desktop_page, search

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
from playwright import sync_api
from playwright.sync_api import expect

from glocal.service.settings import Settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]

MORE_THAN_A_BROWSER_WAITS_FOR = 8
"""Jobs. Browsers hold six connections to one server."""


@pytest.fixture
def busy(own_copy: Path, example_photos: Path, tmp_path: Path) -> Iterator[tuple[ServiceProcess, list[str]]]:
    """A service that indexes a folder of a thousand photos, with more such jobs waiting; and what they are called."""
    copy_many_times(example_photos, tmp_path / "many")
    settings = Settings({"demo": own_copy}, tmp_path / "state", {"many": tmp_path / "many"})
    with ServiceProcess(settings, tmp_path / "log") as service, httpx.Client(base_url=f"{service.api}/") as client:
        jobs = [
            client.post("collections/demo/folders", json={"root": "many"}).json()["id"]
            for _ in range(MORE_THAN_A_BROWSER_WAITS_FOR)
        ]
        yield service, jobs


@pytest.fixture
def watcher(browser: sync_api.Browser, busy: tuple[ServiceProcess, list[str]]) -> Iterator[sync_api.Page]:
    with desktop_page(browser, busy[0].url) as page:
        yield page


def states(service: ServiceProcess) -> set[str]:
    return {job["state"] for job in httpx.get(f"{service.api}/jobs").json()["jobs"]}


def test_many_jobs_leave_room_for_everything_else(
    watcher: sync_api.Page, busy: tuple[ServiceProcess, list[str]], kayak: bytes
) -> None:
    watcher.goto("/?collection=demo&page=add")
    expect(watcher.locator(".jobs li")).to_have_count(MORE_THAN_A_BROWSER_WAITS_FOR)
    for _ in range(3):
        watcher.get_by_role("link", name="Browse").click()
        watcher.wait_for_selector(".shelf .card")
        watcher.get_by_role("link", name="Add photos").click()
        expect(watcher.locator(".jobs .progress").first).to_be_visible()
    search(watcher, kayak)
    expect(watcher.locator(".card.proved").first).to_contain_text("kayak_02.jpg")
    expect(watcher.locator("#activity .job").first).to_be_visible()
    assert states(busy[0]) == {"queued", "running"}  # all of this while it was busy


def test_jobs_are_stopped_and_what_they_did_is_kept(
    watcher: sync_api.Page, busy: tuple[ServiceProcess, list[str]]
) -> None:
    service, jobs = busy
    watcher.goto("/?collection=demo&page=add")
    first = watcher.locator(".jobs li").last  # the newest comes first
    expect(first.locator(".progress")).to_contain_text(
        re.compile(rf"[1-9]\d* of {117 * COPIES}"), timeout=1000 * JOB_SECONDS
    )
    expect(watcher.locator("#count")).not_to_have_text("6 photos")
    for one in range(MORE_THAN_A_BROWSER_WAITS_FOR):  # those that wait before the one that runs: none begins
        line = watcher.locator(".jobs li").nth(one)
        line.get_by_role("button", name="Stop").click()
        expect(line).to_contain_text("Stopped; what was done is kept")
    assert states(service) == {"cancelled"}
    expect(watcher.locator("#activity")).to_be_hidden()
    with httpx.Client(base_url=f"{service.api}/") as client:
        assert wait_for(client, {"id": jobs[0]})["state"] == "cancelled"

        def kept() -> int:
            return int(client.get("collections/demo").json()["photos"])

        becomes(lambda: watcher.locator("#count").text_content() == f"{kept()} photos", expected=True)
        assert 6 < kept() < 6 + 117 * COPIES


def test_a_job_is_followed_though_the_service_was_away(
    watcher: sync_api.Page, busy: tuple[ServiceProcess, list[str]]
) -> None:
    service, jobs = busy
    with httpx.Client(base_url=f"{service.api}/") as client:
        for job in jobs[1:]:
            client.delete(f"jobs/{job}")
        watcher.goto("/?collection=demo&page=add")
        line = watcher.locator(".jobs li").last
        expect(line.locator(".progress")).to_be_visible()
        watcher.route("**/jobs", lambda route: route.abort())
        for _ in range(3):
            watcher.wait_for_event("requestfailed")
        watcher.unroute("**/jobs")
        client.delete(f"jobs/{jobs[0]}")
    expect(line).to_contain_text("Stopped; what was done is kept")

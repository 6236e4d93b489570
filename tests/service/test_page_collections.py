"""Several collections in a real browser: which of them a job is about."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest
from much_work import copy_many_times
from service_process import ServiceProcess, wait_for
from waiting import PATIENCE_SECONDS
from web_page import CHROMIUM

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
from playwright import sync_api
from playwright.sync_api import expect

from glocal.service.settings import Settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]


def test_jobs_say_which_collection_they_are_about(
    browser: sync_api.Browser, own_copy: Path, example_photos: Path, tmp_path: Path, kayak: bytes
) -> None:
    shutil.copytree(own_copy, tmp_path / "other")
    copy_many_times(example_photos, tmp_path / "many")
    collections = {"demo": own_copy, "holiday": tmp_path / "other"}
    settings = Settings(collections, tmp_path / "state", {"many": tmp_path / "many"})
    with (
        ServiceProcess(settings, tmp_path / "log") as service,
        httpx.Client(base_url=f"{service.api}/", timeout=60) as client,
        browser.new_context(base_url=service.url, viewport={"width": 1280, "height": 860}) as context,
    ):
        done = client.post("collections/demo/photos", files={"photo": ("a.jpg", kayak)}).json()["job"]
        assert wait_for(client, done)["state"] == "done"
        running = client.post("collections/holiday/folders", json={"root": "many"}).json()
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE_SECONDS)
        page.goto("/?collection=demo&page=add")
        lines = page.get_by_role("list", name="Progress").get_by_role("listitem")
        expect(lines.nth(0)).to_contain_text("Indexing many in holiday")
        expect(lines.nth(1)).to_contain_text("1 photo in demo")
        expect(page.locator("#activity")).to_contain_text("Indexing many in holiday")
        client.delete(f"jobs/{running['id']}")
        expect(lines.nth(0)).to_contain_text("Stopped; what was done is kept")
        expect(lines.nth(0)).to_contain_text("many in holiday")

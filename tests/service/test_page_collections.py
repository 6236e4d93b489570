"""Several collections in a real browser: which of them a job is about."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest
from much_work import copy_many_times
from service_process import ServiceProcess, wait_for
from waiting import PATIENCE_SECONDS
from web_page import CHROMIUM, box_of

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


TEXT_WIDTH = """select => {
  const drawn = document.createElement("canvas").getContext("2d");
  drawn.font = getComputedStyle(select).font;
  return drawn.measureText(select.selectedOptions[0].text).width;
}"""


def test_a_phone_shows_which_collection_it_is(browser: sync_api.Browser, own_copy: Path, tmp_path: Path) -> None:
    name = "holiday-by-the-sea"
    shutil.copytree(own_copy, tmp_path / "other")
    settings = Settings({"demo": own_copy, name: tmp_path / "other"}, tmp_path / "state")
    with (
        ServiceProcess(settings, tmp_path / "log") as service,
        browser.new_context(base_url=service.url, viewport={"width": 360, "height": 740}, is_mobile=True) as context,
    ):
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE_SECONDS)
        page.goto(f"/?collection={name}&page=browse")
        chooser = page.get_by_label("Collection")
        expect(chooser).to_have_value(name)
        box = box_of(chooser)
        assert box["width"] > chooser.evaluate(TEXT_WIDTH) + 40  # with its edges and its arrow
        assert box["x"] + box["width"] <= 360
        for link in page.get_by_role("navigation", name="Pages").get_by_role("link").all():
            assert box_of(link)["x"] + box_of(link)["width"] <= 360

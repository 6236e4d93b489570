"""Same or not the same, said over the API and on the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest
from service_process import ServiceProcess
from web_page import CHROMIUM, search, wait_until_at_rest

from glocal.collection import Collection
from glocal.service.settings import Settings

pytestmark = pytest.mark.slow


def test_what_was_said_is_kept_exported_and_taken_back(
    service: ServiceProcess, client: httpx.Client, indexed: Path
) -> None:
    photos = {one["name"]: one["id"] for one in client.get("collections/demo/photos").json()["photos"]}
    kayak, car = photos["stitch_kayak/kayak_01.jpg"], photos["pixabay/car01.jpg"]
    other = photos["stitch_kayak/kayak_02.jpg"]
    view = {"view": f"photo:{kayak}"}
    for photo, same in ((other, True), (car, False)):
        answer = client.put(f"collections/demo/photos/{photo}/judgement", params=view, json={"same": same})
        assert answer.json() == {"photo": photo, "region": "", "same": same}
    said = client.get("collections/demo/judgements", params=view).json()["judgements"]
    assert {(one["photo"], one["same"]) for one in said} == {(other, True), (car, False)}

    lines = [json.loads(line) for line in client.get("collections/demo/judgements.jsonl").text.splitlines()]
    with Collection.open(indexed / "collection") as collection:
        kept = collection.judgements.all()
        hits = {hit.photo: hit for hit in collection.search(indexed / "photos/stitch_kayak/kayak_01.jpg", mode="fast")}
    assert [(one.same, one.support, one.correspondences) for one in kept] == [
        (line["same"], line["support"], line["correspondences"]) for line in lines
    ]
    right = next(one for one in kept if one.same)
    wrong = next(one for one in kept if not one.same)
    assert right.correspondences == hits[other].correspondences
    assert right.similarity == pytest.approx(hits[other].similarity, abs=0.01)
    assert right.support > 10 > wrong.support

    client.put(f"collections/demo/photos/{other}/judgement", params=view, json={"same": None})
    client.put(f"collections/demo/photos/{car}/judgement", params=view, json={"same": None})
    assert client.get("collections/demo/judgements", params=view).json() == {"judgements": []}


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium")
def test_the_page_shows_what_was_said(page, kayak: bytes) -> None:  # type: ignore[no-untyped-def]
    expect = pytest.importorskip("playwright.sync_api").expect
    search(page, kayak)
    first = page.locator(".card.proved").first
    pressed = page.locator(".card [aria-pressed=true]")
    first.get_by_role("button", name="Not the same").click()
    expect(pressed).to_have_count(1)
    page.reload()
    expect(pressed).to_have_text(re.compile("^Not the same"))
    first.locator(".open").click()
    page.locator("dialog").get_by_role("button", name="Not the same").click()
    page.wait_for_function("() => !document.querySelector('[aria-pressed=true][data-same]')")
    page.keyboard.press("Escape")


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium")
def test_who_may_only_read_sees_no_buttons_that_cannot_work(browser, indexed: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    expect = pytest.importorskip("playwright.sync_api").expect
    settings = Settings({"demo": indexed / "collection"}, tmp_path / "state", token="w" * 16, read_token="r" * 16)
    with ServiceProcess(settings, tmp_path / "log") as running, browser.new_context(base_url=running.url) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        refused: list[str] = []
        page.on("response", lambda got: refused.append(got.url) if got.status == 403 else None)
        page.goto("/?page=duplicates")
        page.get_by_label("Token").fill("r" * 16)
        page.get_by_role("button", name="Open").click()
        expect(page.locator("main")).to_contain_text("your token may only read")
        expect(page.get_by_role("button", name="Look for duplicates")).to_have_count(0)
        page.goto("/?collection=demo&page=add")
        page.wait_for_selector("main h1")
        wait_until_at_rest(page)
        expect(page.locator("main input, main form")).to_have_count(0)
        page.goto("/?collection=demo&view=photo:1")
        page.wait_for_selector(".summary")
        wait_until_at_rest(page)
        expect(page.locator(".judge")).to_have_count(0)
        assert refused == []

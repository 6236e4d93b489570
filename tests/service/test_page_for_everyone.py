"""The page in a real browser: on a phone, in the dark, and when something goes wrong."""

from __future__ import annotations

import re

import pytest
from service_process import ServiceProcess
from waiting import becomes
from web_page import CHROMIUM, drop, search, wait_until_at_rest

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
from playwright import sync_api
from playwright.sync_api import expect

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it_in_light_and_dark(
    browser: sync_api.Browser, service: ServiceProcess, scheme: str, kayak: bytes
) -> None:
    with browser.new_context(
        base_url=service.url,
        viewport={"width": 390, "height": 800},
        color_scheme=scheme,
        has_touch=True,
        is_mobile=True,
    ) as context:
        page = context.new_page()
        search(page, kayak)
        wait_until_at_rest(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator(".card.proved .open").nth(1).tap()
        page.wait_for_selector(".lines .net line", state="attached")
        becomes(lambda: page.evaluate("document.querySelector('dialog.proof').getBoundingClientRect().width"), 390)
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        light = sum(map(int, re.findall(r"\d+", background)[:3])) / 3
        assert light > 200 if scheme == "light" else light < 60


def test_text_is_readable_in_both_schemes(browser: sync_api.Browser, service: ServiceProcess, kayak: bytes) -> None:
    """WCAG 2.2, 1.4.3: a contrast of at least 4.5 for text."""
    script = """() => [...document.querySelectorAll(
            "h1, h2, p, label, .name, .verdict, .facts, button, nav a")].map((one) => {
        const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
        const paint = (colour) => { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); };
        const parents = [];
        for (let up = one; up; up = up.parentElement) parents.unshift(getComputedStyle(up).backgroundColor);
        parents.forEach(paint); const back = [...canvas.getImageData(0, 0, 1, 1).data];
        paint(getComputedStyle(one).color); const front = [...canvas.getImageData(0, 0, 1, 1).data];
        return [one.textContent, back, front]; })"""

    def luminance(colour: list[int]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour[:3])]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for scheme in ("light", "dark"):
        with browser.new_context(base_url=service.url, color_scheme=scheme) as context:
            page = context.new_page()
            search(page, kayak)
            wait_until_at_rest(page)
            for text, back, front in page.evaluate(script):
                high, low = sorted((luminance(back), luminance(front)), reverse=True)
                assert (high + 0.05) / (low + 0.05) >= 4.5, (scheme, text, back, front)


def test_server_errors_are_told_in_words(page: sync_api.Page, kayak: bytes) -> None:
    page.goto("/")
    page.wait_for_selector(".welcome .card")
    drop(page, b"this is no photo")
    expect(page.locator(".notice")).to_contain_text("not a photo of a known format")
    page.route("**/search/stream*", lambda route: route.fulfill(status=503, body='{"detail": "The disk is on fire."}'))
    drop(page, kayak)
    expect(page.locator(".failed")).to_contain_text("The disk is on fire.")
    page.unroute("**/search/stream*")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".summary")
    page.route("**/search/stream*", lambda route: route.abort())
    drop(page, kayak + b"x")
    expect(page.locator(".failed")).to_contain_text("does not answer")
    expect(page.locator(".notice")).to_have_count(0)  # what the page says is not said twice


def test_a_damaged_photo_is_refused_in_good_english(page: sync_api.Page, kayak: bytes) -> None:
    page.goto("/")
    page.wait_for_selector(".welcome .card")
    drop(page, kayak[:900])
    expect(page.locator(".notice p")).to_have_text("The JPEG data is damaged or incomplete; copy or download it again.")
    expect(page.locator(".welcome")).to_be_visible()


def test_a_busy_server_is_waited_for(page: sync_api.Page, kayak: bytes) -> None:
    refusals: list[str] = []

    def refuse_twice(route: sync_api.Route) -> None:
        if len(refusals) < 2:
            refusals.append(route.request.url)
            route.fulfill(status=429, headers={"Retry-After": "1"}, body="{}")
        else:
            route.continue_()

    page.route("**/search/stream*", refuse_twice)
    page.goto("/")
    page.wait_for_selector(".welcome .card")
    drop(page, kayak)
    page.wait_for_selector(".note")
    page.wait_for_selector(".summary")
    assert len(refusals) == 2


def test_a_copy_offers_nothing_that_it_refuses(page: sync_api.Page) -> None:
    def as_of_a_copy(route: sync_api.Route) -> None:
        answer = route.fetch()
        told = answer.json()
        for collection in told["collections"]:
            collection["changeable"] = False
        route.fulfill(response=answer, json=told)

    page.goto("/?collection=demo&page=browse")
    expect(page.get_by_role("button", name="Remove").first).to_be_visible()
    page.route("**/api/v1/collections", as_of_a_copy)
    page.reload()
    expect(page.get_by_role("button", name="Search with").first).to_be_visible()
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)
    expect(page.locator("nav [data-page=add]")).to_be_hidden()
    page.goto("/?collection=demo&page=add")
    expect(page.locator("main")).to_contain_text("This is a copy of a published collection")

"""The page in a real browser with a finger: what scrolls, what draws, and what fits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from service_process import ServiceProcess
from waiting import PATIENCE_SECONDS
from web_page import CHROMIUM, box_of, search, wait_until_at_rest

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
from playwright import sync_api

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]


@pytest.fixture
def phone(browser: sync_api.Browser, service: ServiceProcess) -> Iterator[sync_api.Page]:
    size: Any = {"width": 390, "height": 800}
    with browser.new_context(base_url=service.url, viewport=size, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE_SECONDS)
        yield page


def swipe(page: sync_api.Page, selector: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Move a finger over an element, from and to parts of its width and height, and rest before it is lifted.

    A finger lifted while it moves would leave the page scrolling by itself, for as long as the machine takes.
    """
    box = page.locator(selector).bounding_box()
    assert box

    def point(part: tuple[float, float]) -> dict[str, float]:
        return {"x": box["x"] + part[0] * box["width"], "y": box["y"] + part[1] * box["height"]}

    screen = page.context.new_cdp_session(page)
    screen.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point(start)]})
    for step in range(1, 9):
        part = tuple(a + (b - a) * step / 8 for a, b in zip(start, end, strict=True))
        screen.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point(part)]})  # type: ignore[arg-type]
    for _ in range(3):
        page.wait_for_timeout(150)
        screen.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point(end)]})
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_what_is_said_of_a_removed_photo_fits(phone: sync_api.Page) -> None:
    phone.goto("/?collection=demo&page=browse")
    phone.get_by_role("button", name="Remove").first.click()
    undo = phone.get_by_role("button", name="Undo")
    phone.locator(".notice.done p").evaluate("p => p.textContent = `${'long_name_'.repeat(9)}.jpg ${p.textContent}`")
    said = box_of(phone.locator(".notice.done"))
    assert said["x"] >= 0
    assert said["x"] + said["width"] <= 390
    undo.click()  # the service is shared by other tests
    undo.wait_for(state="detached")


def test_a_swipe_scrolls_and_draws_only_once_asked_to(phone: sync_api.Page, kayak: bytes) -> None:
    boxes: list[str] = []
    phone.on("request", lambda request: boxes.append(request.url) if "region=" in request.url else None)
    search(phone, kayak)
    wait_until_at_rest(phone)
    swipe(phone, ".picker", (0.5, 0.9), (0.5, 0.1))
    phone.wait_for_function("() => scrollY > 20")
    assert "region" not in phone.url
    phone.evaluate("scrollTo(0, 0)")
    phone.wait_for_function("() => scrollY === 0")
    phone.get_by_role("button", name="Draw a box").tap()
    with phone.expect_response(lambda got: "search/stream" in got.url and "region=" in got.url):
        swipe(phone, ".picker", (0.2, 0.3), (0.8, 0.9))
    assert phone.evaluate("scrollY") == 0
    assert len({url.partition("region=")[2] for url in boxes if "search/stream" in url}) == 1  # none of the first swipe


def test_header_is_one_line_and_nothing_is_cut(phone: sync_api.Page, kayak: bytes) -> None:
    search(phone, kayak)
    wait_until_at_rest(phone)
    bar = phone.locator(".bar").bounding_box()
    stage = phone.locator(".stage").bounding_box()
    assert bar
    assert stage
    assert bar["height"] < 64
    assert stage["height"] <= 0.3 * 800
    cut = """() => [...document.querySelectorAll(".card .name, .card .facts, .card .verdict")]
        .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)"""
    assert phone.evaluate(cut) == []


def test_a_proof_uses_the_width_of_the_screen(phone: sync_api.Page, kayak: bytes) -> None:
    search(phone, kayak)
    phone.locator(".card .open").nth(1).tap()
    phone.wait_for_selector(".lines svg")
    wait_until_at_rest(phone)
    facts, footer = (box_of(phone.locator(f"dialog {part}").first) for part in (".title p", "footer"))
    assert facts["width"] > 0.9 * footer["width"]  # below the buttons, not beside them
    lefts = [box_of(phone.locator(f"dialog footer {part}").first)["x"] for part in (".judge button", "[data-keep=use]")]
    assert lefts[0] == pytest.approx(lefts[1], abs=1)


def test_a_proof_is_stacked_and_pinched(phone: sync_api.Page, kayak: bytes) -> None:
    search(phone, kayak)
    phone.locator(".card .open").nth(1).tap()
    phone.wait_for_selector(".lines svg")
    wait_until_at_rest(phone)
    drawing = phone.locator(".lines svg").bounding_box()
    assert drawing
    assert drawing["height"] > 1.2 * drawing["width"]
    box = phone.locator(".zoom").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + 200
    screen = phone.context.new_cdp_session(phone)
    for kind, apart in (("touchStart", 20), ("touchMove", 40), ("touchMove", 60), ("touchMove", 80)):
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    scale = "new DOMMatrix(getComputedStyle(document.querySelector('.lines svg')).transform).a"
    phone.wait_for_function(f"() => {scale} > 2")

"""The results in a real browser: three groups, as many as the reader wants, and the way back from a proof."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from waiting import becomes
from web_page import CHROMIUM, pixels, search, wait_for_pictures

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
from playwright import sync_api
from playwright.sync_api import expect

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]


def answer_with(page: sync_api.Page, verdicts: list[str], photos: int = 6) -> None:
    """Let the service's own answer to a search come back as if it had found hits of these verdicts, of `photos`."""

    def fulfil(route: sync_api.Route) -> None:
        answer = json.loads(re.findall(r"^data: (.*)$", route.fetch().text(), re.MULTILINE)[-1])
        example: dict[str, Any] = answer["hits"][0]
        top = int(re.search(r"top=(\d+)", route.request.url)[1])  # type: ignore[index]
        photo = example["photo"]
        hits = [
            {**example, "verdict": verdict, "probability": 0.3, "photo": {**photo, "id": 1 + number % photos}}
            for number, verdict in enumerate(verdicts[:top])
        ]
        body = f"event: verified\ndata: {json.dumps({**answer, 'hits': hits, 'searched': 1000})}\n\n"
        route.fulfill(body=body, content_type="text/event-stream")

    page.route("**/search/stream*", fulfil)


def test_every_hit_says_how_likely_it_is_in_one_of_three_groups(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    answer = page.evaluate(
        "async () => (await fetch(`/api/v1/collections/demo/search?top=36&${location.search.slice(1)}`)).json()"
    )
    for verdict in ("proved", "likely", "similar"):
        expected = [hit["photo"]["id"] for hit in answer["hits"] if hit["verdict"] == verdict]
        shown = page.locator(f"section[aria-label={verdict.title()}] .card")
        expect(shown).to_have_count(len(expected))
        assert [int(one.get_attribute("data-photo") or 0) for one in shown.all()] == expected
    expect(page.locator(".card .verdict")).to_have_text([re.compile(r"^[<>]?\s?\d+\s%$")] * len(answer["hits"]))
    page.locator(".card").last.locator(".open").click()
    expect(page.locator("dialog.proof header")).to_contain_text(re.compile(r"(Proved|Likely|Similar) [<>]?\s?\d+\s%"))


@pytest.mark.parametrize(
    ("verdicts", "heading"),
    [
        (["proved"] * 3 + ["likely"] * 2 + ["similar"], "3 proved, 2 likely"),
        (["proved"] * 99, "36 or more proved"),
        (["proved"] * 2 + ["likely"] * 99, "2 proved, 34 or more likely"),
        (["similar"] * 99, "No photo here provably shows the same thing"),
    ],
)
def test_the_heading_counts_and_says_where_there_may_be_more(
    page: sync_api.Page, kayak: bytes, verdicts: list[str], heading: str
) -> None:
    answer_with(page, verdicts)
    search(page, kayak)
    expect(page.locator(".summary h1")).to_have_text(heading)


def test_more_are_shown_on_demand_and_the_keyboard_goes_on_there(page: sync_api.Page, kayak: bytes) -> None:
    answer_with(page, ["proved"] * 40)
    search(page, kayak)
    expect(page.locator(".card")).to_have_count(36)
    page.get_by_role("button", name="Show more").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".results:not(.busy) .card")).to_have_count(40)
    expect(page.locator(".summary h1")).to_have_text("40 proved")
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    expect(page).to_have_url(re.compile("top=72"))


def test_the_proof_goes_on_beyond_what_is_shown(page: sync_api.Page, kayak: bytes) -> None:
    answer_with(page, ["proved"] * 38, photos=38)
    search(page, kayak)
    page.locator(".card").last.locator(".open").click()
    expect(page).to_have_url(re.compile(r"open=36"))
    onward = page.locator("dialog.proof .next")
    for photo in (37, 38):
        expect(onward).to_be_enabled()
        page.keyboard.press("ArrowRight")
        expect(page).to_have_url(re.compile(rf"open={photo}\b"))
    expect(page.locator(".card")).to_have_count(38)
    expect(onward).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"open=37\b"))
    page.keyboard.press("Escape")
    expect(page.locator("dialog.proof")).to_have_count(0)
    expect(page).not_to_have_url(re.compile(r"open="))
    expect(page).to_have_url(re.compile(r"top=72"))
    expect(page.locator(".results:not(.busy) .card")).to_have_count(38)


def test_back_after_a_closed_proof_does_not_open_it_again(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    page.locator(".card .open").nth(1).click()
    page.wait_for_selector("dialog.proof .lines")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    page.wait_for_function("() => !location.search.includes('open')")
    page.go_back()
    page.wait_for_selector(".welcome .card")
    expect(page.locator("dialog.proof")).to_have_count(0)
    page.go_forward()
    page.wait_for_selector(".summary")
    page.locator(".card .open").nth(1).click()
    page.wait_for_selector("dialog.proof")
    page.go_back()
    page.wait_for_selector("dialog.proof", state="detached")
    expect(page.locator(".summary")).to_have_count(1)


def test_what_does_not_agree_grows_dark_under_the_slider(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    page.locator(".card", has_text="kayak_01.jpg").locator(".open").click()
    slider = page.get_by_label("Darken what does not agree")
    wait_for_pictures(page, ".lines svg image")
    before = pixels(page, ".lines svg").convert("L").resize((40, 40))
    slider.fill("100")
    after = pixels(page, ".lines svg").convert("L").resize((40, 40))
    darker = [then - now for then, now in zip(before.getdata(), after.getdata(), strict=True)]
    assert 0.1 < sum(one > 20 for one in darker) / 1600 < 0.9  # some of both photos agrees, some does not


def test_the_proof_is_enlarged_by_keyboard_and_wheel(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    page.locator(".card .open").nth(1).click()
    scale = "() => new DOMMatrix(getComputedStyle(document.querySelector('.lines svg')).transform).a"
    page.get_by_role("button", name="Larger").focus()
    page.keyboard.press("Enter")
    becomes(lambda: page.evaluate(scale), pytest.approx(1.6))
    box = page.locator(".zoom").bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function(f"() => ({scale})() > 2")
    smaller = page.get_by_role("button", name="Smaller")
    for _ in range(5):
        if smaller.is_enabled():
            smaller.click()
    expect(smaller).to_be_disabled()
    becomes(lambda: page.evaluate(scale), 1)

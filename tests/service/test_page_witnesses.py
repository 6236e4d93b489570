"""A proof through another photo, in a real browser."""

from __future__ import annotations

import json
import re

import pytest
from web_page import CHROMIUM, search

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
from playwright import sync_api

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]


def test_a_witness_is_shown_in_the_querys_place_and_leads_to_its_own_proof(page: sync_api.Page, kayak: bytes) -> None:
    def fulfil(route: sync_api.Route) -> None:
        answer = json.loads(re.findall(r"^data: (.*)$", route.fetch().text(), re.MULTILINE)[-1])
        answer["hits"][1]["witness"] = answer["hits"][0]["photo"]["id"]
        route.fulfill(body=f"event: verified\ndata: {json.dumps(answer)}\n\n", content_type="text/event-stream")

    page.route("**/search/stream*", fulfil)
    search(page, kayak)
    cards = page.locator(".card")
    witness, proved = (cards.nth(number).locator(".name").inner_text() for number in (0, 1))
    sync_api.expect(cards.nth(1).locator(".facts")).to_contain_text("through another photo")
    with page.expect_request(re.compile(r"/proof\?view=photo")):
        cards.nth(1).locator(".open").click()
    sync_api.expect(page.locator("#proof-title")).to_contain_text(proved)
    sync_api.expect(page.locator(".witness")).to_contain_text("which your photo proves")
    page.locator(".lines .net line").first.wait_for(state="attached")
    page.get_by_role("tab", name="Aligned").click()
    sync_api.expect(page.get_by_label("Uncover the photo between")).to_be_visible()
    sync_api.expect(page.locator(".side").first).to_have_text("Between")
    page.get_by_role("tab", name="Attention").click()
    sync_api.expect(page.locator(".heat figcaption").first).to_have_text("The photo between")
    page.locator(".witness").get_by_role("button").click()
    sync_api.expect(page.locator(".heat figcaption").first).to_have_text("Your photo")
    sync_api.expect(page.locator("#proof-title")).to_contain_text(witness)
    sync_api.expect(page.locator(".witness")).to_have_count(0)

"""Every page and the proof, judged by axe-core: nothing it can find fault with."""

from __future__ import annotations

import pytest
from web_page import CHROMIUM, search, wait_until_at_rest

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
pytest.importorskip("axe_playwright_python", reason="needs `pip install axe-playwright-python`")
from axe_playwright_python.sync_playwright import Axe
from playwright import sync_api

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]

RULES = {"rules": {"label-content-name-mismatch": {"enabled": True}}}
"""One of WCAG 2.5.3 that axe-core leaves out unless it is asked for."""


def faults(page: sync_api.Page) -> list[tuple[str, str]]:
    """Return what axe finds fault with: its rule, and the element."""
    results = Axe().run(page, options=RULES).response
    return [(fault["id"], node["html"][:200]) for fault in results["violations"] for node in fault["nodes"]]


@pytest.mark.parametrize(
    "where",
    ["/", *(f"/?collection=demo&page={page}" for page in ("browse", "browse&shelf=folders", "duplicates", "add"))],
)
def test_pages(page: sync_api.Page, where: str) -> None:
    page.goto(where)
    page.wait_for_selector("main h1")
    wait_until_at_rest(page)
    assert faults(page) == []


def test_results_and_proof(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    wait_until_at_rest(page)
    assert faults(page) == []
    page.locator(".card .open").nth(1).click()
    page.wait_for_selector(".lines svg")
    wait_until_at_rest(page)
    assert faults(page) == []


def test_several_groups_of_duplicates(page: sync_api.Page) -> None:
    page.goto("/")
    photos = page.evaluate("async () => (await (await fetch('/api/v1/collections/demo/photos')).json()).photos")
    groups = [
        {
            "id": f"{'0' * 16}-{number}",
            "count": 2,
            "next": None,
            "photos": [best, copy],
            "pairs": [{"a": best["id"], "b": copy["id"], "agreement": 0.99}],
            "kept": best["id"],
            "copies": [{"photo": copy["id"], "differs": ["cropped to 82 %"], "could_go": True}],
        }
        for number, (best, copy) in enumerate((photos[:2], photos[2:4]))
    ]
    answer = {"groups": groups, "total": 2, "next": None, "known": True, "stale": False, "job": None}
    page.route("**/collections/demo/duplicates", lambda route: route.fulfill(json=answer))
    page.goto("/?collection=demo&page=duplicates")
    page.wait_for_selector("section.group .card")
    wait_until_at_rest(page)
    assert faults(page) == []

"""Proofs by keypoints of the pixels, as the API and the page tell them: of a photo turned, shrunk and stretched."""

from __future__ import annotations

import cv2
import httpx
import numpy as np
import pytest
from web_page import CHROMIUM, search

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
from playwright import sync_api
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def turned(kayak: bytes) -> bytes:
    """The kayak, too small in the frame for the network's features to prove it; no copy, as if seen from the side."""
    pixels = cv2.imdecode(np.frombuffer(kayak, np.uint8), cv2.IMREAD_COLOR)
    turn = cv2.getRotationMatrix2D((320, 240), 225, 0.34) * [[1.2], [1.0]]
    return cv2.imencode(".png", cv2.warpAffine(pixels, turn, (640, 480), flags=cv2.INTER_AREA))[1].tobytes()


def test_hits_and_pairs_say_what_proves_them(client: httpx.Client, turned: bytes, kayak: bytes) -> None:
    hits = client.post("collections/demo/search", files={"photo": ("q.png", turned)}).json()["hits"]
    told = {hit["photo"]["name"]: (hit["verdict"], hit["by_keypoints"]) for hit in hits}
    assert told["stitch_kayak/kayak_02.jpg"] == ("proved", True)
    assert told["pixabay/car01.jpg"] == ("similar", False)
    pair = client.post("collections/demo/match", files={"a": ("a", turned), "b": ("b", kayak)}).json()
    assert (pair["verdict"], pair["by_keypoints"]) == ("proved", True)
    same = client.post("collections/demo/match", files={"a": ("a", kayak), "b": ("b", kayak)}).json()
    assert (same["verdict"], same["by_keypoints"]) == ("proved", False)


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium")
def test_the_page_says_keypoints_and_what_they_are(page: sync_api.Page, turned: bytes) -> None:
    search(page, turned)
    card = page.locator(".card.proved", has_text="kayak_02.jpg")
    expect(card.locator(".facts")).to_contain_text("keypoints agree")
    card.locator(".open").click()
    expect(page.locator("dialog .keypoints")).to_contain_text("corners and spots in the pixels")
    page.locator(".lines .net line").first.wait_for(state="attached")

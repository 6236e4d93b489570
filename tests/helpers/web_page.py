"""The web page in a real browser: the browser, and what people do with the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from waiting import PATIENCE_SECONDS

if TYPE_CHECKING:
    from playwright import sync_api

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DROP = """async ([base64, name]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name, { type: "image/jpeg" }));
  for (const type of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
}"""


@contextmanager
def desktop_page(browser: sync_api.Browser, url: str) -> Iterator[sync_api.Page]:
    """Lend a page in a window of its own, as large as on a desktop, whose paths are those of a service."""
    with browser.new_context(base_url=url, viewport={"width": 1280, "height": 860}) as context:
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE_SECONDS)
        yield page


def drop(page: sync_api.Page, photo: bytes) -> None:
    page.evaluate(DROP, [base64.b64encode(photo).decode(), "kayak.jpg"])


def search(page: sync_api.Page, photo: bytes) -> None:
    page.goto("/")
    page.wait_for_selector(".welcome .card")
    drop(page, photo)
    page.wait_for_selector(".summary")


def names(page: sync_api.Page, kind: str = ".card.proved") -> list[str]:
    return page.locator(f"{kind} .name").all_text_contents()


def box_of(element: sync_api.Locator) -> sync_api.FloatRect:
    """Return where an element is on the screen, pixels."""
    box = element.bounding_box()
    assert box
    return box


def pixels(page: sync_api.Page, selector: str) -> Image.Image:
    return Image.open(io.BytesIO(page.locator(selector).screenshot(animations="disabled"))).convert("RGB")


def wait_for_pictures(page: sync_api.Page, selector: str) -> None:
    """Wait until there are such pictures, of HTML or SVG, and all of them can be drawn."""
    page.wait_for_selector(selector)
    script = "async (all) => { await Promise.all([...document.querySelectorAll(all)].map((one) => one.decode())); }"
    page.evaluate(script, selector)


def wait_until_at_rest(page: sync_api.Page) -> None:
    """Wait until nothing is being loaded or moves."""
    page.wait_for_function("() => !document.querySelector('.busy, .checking, main .note, dialog .note')")
    page.wait_for_function("() => document.getAnimations().every((one) => one.playState === 'finished')")

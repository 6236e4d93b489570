"""The page in a real browser: what a person does, and what they see."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from service_process import ServiceProcess

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
from PIL import Image
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

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: sync_api.Browser, service: ServiceProcess) -> Iterator[sync_api.Page]:
    with browser.new_context(base_url=service.url, viewport={"width": 1280, "height": 860}) as context:
        page = context.new_page()
        page.set_default_timeout(20_000)
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda message: broken.append(message.text) if "Content Security" in message.text else None)
        yield page
        assert broken == []


def drop(page: sync_api.Page, photo: bytes) -> None:
    page.evaluate(DROP, [base64.b64encode(photo).decode(), "kayak.jpg"])


def search(page: sync_api.Page, photo: bytes) -> None:
    page.goto("/")
    page.wait_for_selector(".welcome .card")
    drop(page, photo)
    page.wait_for_selector(".summary")


def names(page: sync_api.Page, kind: str = ".card.proved") -> list[str]:
    return page.locator(f"{kind} .name").all_text_contents()


def pixels(page: sync_api.Page, selector: str) -> Image.Image:
    return Image.open(io.BytesIO(page.locator(selector).screenshot())).convert("RGB")


def is_loaded(page: sync_api.Page, selector: str) -> None:
    script = "(selector) => [...document.querySelectorAll(selector)].every((one) => one.complete && one.naturalWidth)"
    page.wait_for_function(script, arg=selector)


def test_a_dropped_photo_is_searched_and_the_proved_come_first(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    assert names(page)[0] == "kayak_02.jpg"
    assert set(names(page)) == {"kayak_01.jpg", "kayak_02.jpg", "kayak_03.jpg"}
    assert "3 photos show the same thing" in page.inner_text(".summary")
    assert page.locator(".card.proved svg polygon").count() >= 3
    assert page.locator("#status").inner_text().startswith("3 photos")
    assert not set(names(page, ".grid.small .card")) & set(names(page))


def test_candidates_are_shown_before_they_are_verified(page: sync_api.Page, kayak: bytes) -> None:
    page.goto("/")
    page.wait_for_selector(".welcome .card")
    script = """() => { window.seen = []; new MutationObserver(() => {
        if (document.querySelector(".card.checking")) window.seen.push("candidates");
        if (document.querySelector(".summary")) window.seen.push("verified");
    }).observe(document.body, { childList: true, subtree: true }); }"""
    page.evaluate(script)
    drop(page, kayak)
    page.wait_for_selector(".summary")
    seen = page.evaluate("window.seen")
    assert seen.index("candidates") < seen.index("verified")


def test_a_dragged_box_searches_again_at_once(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    box = page.locator(".picker").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.95 * box["width"], box["y"] + 0.95 * box["height"], steps=5)
    with page.expect_response(re.compile("search/stream.*region=")):
        page.mouse.up()
    page.wait_for_function("() => document.querySelector('.results:not(.busy) .summary')")
    region = [float(value) for value in re.search(r"region=([\d.,]+)", page.url)[1].split(",")]  # type: ignore[index]
    assert region == pytest.approx([256, 240, 352, 216], abs=4)
    assert page.locator(".region").is_visible()
    assert names(page)[0] == "kayak_02.jpg"
    page.get_by_role("button", name="Use the whole photo").click()
    page.wait_for_function("() => !location.search.includes('region')")


def test_a_search_that_proves_nothing_can_look_harder(page: sync_api.Page) -> None:
    unlike = io.BytesIO()
    Image.effect_noise((320, 240), 90).convert("RGB").save(unlike, "jpeg")
    search(page, unlike.getvalue())
    assert names(page) == []
    with page.expect_response(re.compile("search/stream.*mode=thorough")):
        page.get_by_role("button", name="Look harder").click()
    page.wait_for_function("() => document.querySelector('.results:not(.busy) .summary')")
    assert "mode=thorough" in page.url
    assert page.get_by_role("button", name="Look harder").count() == 0
    with page.expect_response(re.compile("search/stream.*mode=fast")):
        page.get_by_label("Look").select_option("fast")


def test_the_proof_draws_lines_and_the_outline(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    page.locator(".card", has_text="kayak_01.jpg").locator(".open").click()
    page.wait_for_selector(".lines .net line", state="attached")
    page.wait_for_load_state("networkidle")
    assert 20 <= page.locator(".lines .net line").count() <= 90
    drawn = pixels(page, ".lines svg")
    page.evaluate("document.querySelectorAll('.lines .net, .lines polygon').forEach((one) => one.remove())")
    bare = pixels(page, ".lines svg")
    changed = sum(a != b for a, b in zip(drawn.getdata(), bare.getdata(), strict=True)) / (drawn.width * drawn.height)
    assert 0.01 < changed < 0.3
    outline = sum(
        abs(r - 255) < 12 and abs(g - 196) < 12 and b < 40 for r, g, b in zip(*[iter(drawn.tobytes())] * 3, strict=True)
    )
    assert outline > drawn.height / 2
    assert "open=" in page.url
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.proof", state="detached")
    assert "open=" not in page.url


def test_aligned_pictures_lie_on_each_other_and_blink(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    page.locator(".card", has_text="kayak_01.jpg").locator(".open").click()
    page.get_by_role("tab", name="Aligned").click()
    page.wait_for_selector(".stack")
    is_loaded(page, ".stack img")
    slider = page.get_by_label("Uncover your photo")
    slider.fill("0")
    photo = pixels(page, ".stack")
    slider.fill("100")
    warped = pixels(page, ".stack")
    middle = (int(0.15 * photo.width), int(0.3 * photo.height), int(0.65 * photo.width), int(0.9 * photo.height))
    shifted = tuple(value + 25 for value in middle)

    def difference(a: Image.Image, b: Image.Image) -> int:
        pairs = zip(a.convert("L").resize((60, 60)).getdata(), b.convert("L").resize((60, 60)).getdata(), strict=True)
        return sum(abs(x - y) for x, y in pairs)

    aligned = difference(photo.crop(middle), warped.crop(middle))
    assert aligned < 0.9 * difference(photo.crop(middle), warped.crop(shifted))  # type: ignore[arg-type]
    assert aligned > 0
    page.get_by_role("button", name="Blink").click()
    seen = {
        page.evaluate("document.querySelector('.cover').style.opacity")
        for _ in range(30)
        if not page.wait_for_timeout(80)
    }
    assert seen == {"0", "1"}
    page.get_by_role("tab", name="Attention").click()
    page.wait_for_selector(".heat img")
    is_loaded(page, ".heat img")


def test_a_link_restores_search_box_and_proof(page: sync_api.Page, kayak: bytes, browser: sync_api.Browser) -> None:
    search(page, kayak)
    view = re.search(r"view=([\w:]+)", page.url)[1]  # type: ignore[index]
    photo = page.locator(".card.proved").nth(1).get_attribute("data-photo")
    link = f"/?collection=demo&view={view}&region=100,100,500,350&open={photo}&proof=aligned"
    with browser.new_context(base_url=page.url.split("/?")[0]) as context:
        other = context.new_page()
        other.goto(link)
        other.wait_for_selector("dialog.proof .stack")
        assert other.locator(".region").count() == 1
        assert other.get_by_role("tab", name="Aligned").get_attribute("aria-selected") == "true"
        other.keyboard.press("Escape")
        other.wait_for_function("() => !location.search.includes('open')")
        other.go_back()
        other.wait_for_selector("dialog.proof")


def test_keyboard_alone_reaches_everything(page: sync_api.Page) -> None:
    page.goto("/")
    page.wait_for_selector(".welcome .card")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.welcome .card .open[aria-label*=kayak_02]')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".summary")
    page.locator(".picker").focus()
    with page.expect_response(re.compile("search/stream.*region=160")):
        page.keyboard.press("Enter")
    with page.expect_response(re.compile("search/stream.*region=176")):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.results:not(.busy) .summary')")
    assert page.evaluate("document.activeElement.className") == "picker"
    while not page.evaluate("document.activeElement.matches('.card .open')"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.proof .tabs")
    page.get_by_role("tab", name="Side by side").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.search.includes('proof=aligned')")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.proof", state="detached")


def test_several_views_and_search_with_this_one(page: sync_api.Page, kayak: bytes, example_photos: Path) -> None:
    search(page, kayak)
    page.set_input_files("#more", str(example_photos / "triple_books/books_02.jpg"))
    page.wait_for_selector(".basket li img >> nth=1")
    page.wait_for_function("() => document.querySelector('.results:not(.busy) .summary')")
    assert "books_01.jpg" in names(page)
    assert "kayak_02.jpg" in names(page)
    page.get_by_role("button", name="Take out view 2").click()
    page.wait_for_function("() => document.querySelectorAll('.basket li img').length === 1")
    page.wait_for_function("() => document.querySelector('.results:not(.busy) .summary')")
    page.get_by_role("button", name="Search with stitch_kayak/kayak_03.jpg").click()
    page.wait_for_function("() => location.search.includes('view=photo:')")


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
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator(".card.proved .open").nth(1).tap()
        page.wait_for_selector(".lines .net line", state="attached")
        dialog = page.locator("dialog.proof").bounding_box()
        assert dialog
        assert dialog["width"] == 390
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        light = sum(map(int, re.findall(r"\d+", background)[:3])) / 3
        assert light > 200 if scheme == "light" else light < 60


def test_text_is_readable_in_both_schemes(browser: sync_api.Browser, service: ServiceProcess, kayak: bytes) -> None:
    """WCAG 2.2, 1.4.3: a contrast of at least 4.5 for text."""
    script = """() => [...document.querySelectorAll("h1, h2, p, .name, .verdict, .facts, button, nav a")].map((one) => {
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
            for text, back, front in page.evaluate(script):
                high, low = sorted((luminance(back), luminance(front)), reverse=True)
                assert (high + 0.05) / (low + 0.05) >= 4.5, (scheme, text, back, front)


def test_server_errors_are_told_in_words(page: sync_api.Page, kayak: bytes) -> None:
    page.goto("/")
    page.wait_for_selector(".welcome .card")
    drop(page, b"this is no photo")
    page.wait_for_selector(".notice")
    assert "not a photo of a known format" in page.inner_text(".notice")
    page.route("**/search/stream*", lambda route: route.fulfill(status=503, body='{"detail": "The disk is on fire."}'))
    drop(page, kayak)
    page.wait_for_selector(".failed")
    assert "The disk is on fire." in page.inner_text(".failed")
    page.unroute("**/search/stream*")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".summary")
    page.route("**/search/stream*", lambda route: route.abort())
    drop(page, kayak[:-1] + b"x")
    page.wait_for_selector(".failed")
    assert "does not answer" in page.inner_text(".failed")


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

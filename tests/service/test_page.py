"""The page in a real browser: what a person does, and what they see."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from waiting import becomes
from web_page import CHROMIUM, drop, names, pixels, search, wait_for_pictures

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
from PIL import Image
from playwright import sync_api
from playwright.sync_api import expect

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]


def test_a_dropped_photo_is_searched_and_the_proved_come_first(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    expect(page.locator(".card.proved .name").first).to_have_text("kayak_02.jpg")
    becomes(lambda: sorted(names(page)), ["kayak_01.jpg", "kayak_02.jpg", "kayak_03.jpg"])
    expect(page.locator(".summary h1")).to_have_text(re.compile("^3 proved"))
    expect(page.locator(".card.proved").filter(has=page.locator("svg polygon"))).to_have_count(3)
    expect(page.locator("#status")).to_have_text(re.compile("^3 proved"))
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
    expect(page).to_have_url(re.compile("region="))
    region = [float(value) for value in re.search(r"region=([\d.,]+)", page.url)[1].split(",")]  # type: ignore[index]
    assert region == pytest.approx([256, 240, 352, 216], abs=4)
    expect(page.locator(".region")).to_be_visible()
    expect(page.locator(".card.proved .name").first).to_have_text("kayak_02.jpg")
    page.get_by_role("button", name="Use the whole photo").click()
    page.wait_for_function("() => !location.search.includes('region')")


def test_a_search_that_proves_nothing_can_look_harder(page: sync_api.Page) -> None:
    unlike = io.BytesIO()
    Image.effect_noise((320, 240), 90).convert("RGB").save(unlike, "jpeg")
    search(page, unlike.getvalue())
    expect(page.locator(".card.proved")).to_have_count(0)
    with page.expect_response(re.compile("search/stream.*mode=thorough")):
        page.get_by_role("button", name="Look harder").click()
    page.wait_for_function("() => document.querySelector('.results:not(.busy) .summary')")
    expect(page).to_have_url(re.compile("mode=thorough"))
    expect(page.get_by_role("button", name="Look harder")).to_have_count(0)
    with page.expect_response(re.compile("search/stream.*mode=fast")):
        page.get_by_label("Look").select_option("fast")


def test_the_proof_draws_lines_and_the_outline(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    page.locator(".card", has_text="kayak_01.jpg").locator(".open").click()
    wait_for_pictures(page, ".lines svg image")
    page.wait_for_function("() => document.querySelectorAll('.lines .net line').length >= 20")
    assert page.locator(".lines .net line").count() <= 90
    drawn = pixels(page, ".lines svg")
    page.evaluate("document.querySelectorAll('.lines .net, .lines polygon').forEach((one) => one.remove())")
    bare = pixels(page, ".lines svg")
    changed = sum(a != b for a, b in zip(drawn.getdata(), bare.getdata(), strict=True)) / (drawn.width * drawn.height)
    assert 0.01 < changed < 0.3
    outline = sum(
        abs(r - 255) < 12 and abs(g - 196) < 12 and b < 40 for r, g, b in zip(*[iter(drawn.tobytes())] * 3, strict=True)
    )
    assert outline > drawn.height / 2
    expect(page).to_have_url(re.compile("open="))
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.proof", state="detached")
    expect(page).not_to_have_url(re.compile("open="))


def test_aligned_pictures_lie_on_each_other_and_blink(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    page.locator(".card", has_text="kayak_01.jpg").locator(".open").click()
    page.get_by_role("tab", name="Aligned").click()
    wait_for_pictures(page, ".stack img")
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
    for opacity in ("0", "1", "0"):
        page.wait_for_function("(wanted) => document.querySelector('.cover').style.opacity === wanted", arg=opacity)
    page.get_by_role("tab", name="Attention").click()
    wait_for_pictures(page, ".heat img")


def test_of_a_box_the_proof_shows_nothing_around_it(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    itself = page.locator(".card.proved").first.get_attribute("data-photo")
    page.goto(f"{page.url}&region=160,240,320,120&open={itself}")
    wait_for_pictures(page, ".lines svg image")
    lit = pixels(page, ".lines svg").convert("L")
    page.get_by_label("Darken what does not agree").fill("100")
    dark = pixels(page, ".lines svg").convert("L")
    right = (lit.width // 2, 0, lit.width, lit.height)
    both = zip(lit.crop(right).getdata(), dark.crop(right).getdata(), strict=True)
    darkened = [after < before / 2 for before, after in both if before > 40]
    assert sum(darkened) / len(darkened) > 0.8  # the box is an eighth of it
    page.get_by_role("tab", name="Aligned").click()
    wait_for_pictures(page, ".stack img")
    page.evaluate("document.querySelector('.stack > img').style.opacity = 0")
    page.get_by_label("Uncover your photo").fill("100")
    page.evaluate("document.querySelectorAll('.edge, .side').forEach((one) => one.remove())")
    page.evaluate("document.querySelector('.stack').style.borderRadius = 0")
    alone = pixels(page, ".stack").convert("L").resize((64, 48))
    ground = alone.getpixel((2, 2))
    drawn = [place for place in range(64 * 48) if abs(alone.getdata()[place] - ground) > 20]
    assert min(place % 64 for place in drawn) == pytest.approx(16, abs=2)
    assert max(place % 64 for place in drawn) == pytest.approx(47, abs=2)
    assert min(drawn) // 64 == pytest.approx(24, abs=2)
    assert max(drawn) // 64 == pytest.approx(35, abs=2)


def test_a_link_restores_search_box_and_proof(page: sync_api.Page, kayak: bytes, browser: sync_api.Browser) -> None:
    search(page, kayak)
    view = re.search(r"view=([\w:]+)", page.url)[1]  # type: ignore[index]
    photo = page.locator(".card.proved").nth(1).get_attribute("data-photo")
    link = f"/?collection=demo&view={view}&region=100,100,500,350&open={photo}&proof=aligned"
    with browser.new_context(base_url=page.url.split("/?")[0]) as context:
        other = context.new_page()
        other.goto(link)
        other.wait_for_selector("dialog.proof .stack")
        expect(other.locator(".region")).to_have_count(1)
        expect(other.get_by_role("tab", name="Aligned")).to_have_attribute("aria-selected", "true")
        other.keyboard.press("Escape")
        other.wait_for_function("() => !location.search.includes('open')")
        other.wait_for_selector(".summary")


def test_keyboard_alone_reaches_everything(page: sync_api.Page) -> None:
    page.goto("/")
    page.wait_for_selector(".welcome .card")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.welcome .card .open[aria-label*=kayak_02]')"):
            break
    expect(page.locator(".welcome .card .open[aria-label*=kayak_02]")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_selector(".summary")
    page.locator(".picker").focus()
    with page.expect_response(re.compile("search/stream.*region=160")):
        page.keyboard.press("Enter")
    with page.expect_response(re.compile("search/stream.*region=176")):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.results:not(.busy) .summary')")
    expect(page.locator(".picker")).to_be_focused()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.card .open')"):
            break
    expect(page.locator(".card .open:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.proof .tabs")
    page.get_by_role("tab", name="Side by side").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.search.includes('proof=aligned')")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.proof", state="detached")


def test_a_search_that_is_left_does_not_come_back_on_another_page(page: sync_api.Page) -> None:
    page.goto("/")
    sizes: list[sync_api.Route] = []
    facts = re.compile(r"/photos/\d+$")
    page.route(facts, lambda route: sizes.append(route))
    with page.expect_request(facts):
        page.locator(".welcome .card .open[aria-label*=kayak_02]").click()
    page.get_by_role("link", name="Browse").click()
    page.wait_for_selector(".shelf .card")
    with page.expect_event("requestfinished"):
        sizes[0].continue_()
    page.wait_for_timeout(300)  # in which it would come back
    expect(page.locator(".shelves")).to_be_visible()
    expect(page.locator(".query")).to_have_count(0)
    page.unroute(facts)  # before it is asked again, or that question would wait for ever
    page.go_back()
    page.wait_for_selector(".summary")


def test_what_goes_wrong_in_a_proof_is_told_above_it(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    page.locator(".card .open").first.click()
    page.route("**/judgement?**", lambda route: route.fulfill(status=503, json={"detail": "The disk is full."}))
    page.locator("dialog").get_by_role("button", name="Not the same").click()
    told = page.locator(".notice")
    expect(told).to_have_text(re.compile("The disk is full."))
    on_top = "(one) => { const { x, y, height } = one.getBoundingClientRect(); \
        return one.contains(document.elementFromPoint(x + 4, y + height / 2)); }"
    assert told.evaluate(on_top)
    told.get_by_role("button", name="Close this message").click()
    expect(told).to_have_count(0)


def test_what_happens_in_a_proof_is_said_inside_it(page: sync_api.Page, kayak: bytes) -> None:
    search(page, kayak)
    page.locator(".card .open").first.click()
    page.route("**/judgement?**", lambda route: route.fulfill(json={}))
    said = page.locator("dialog:modal [role=status]")
    for answer, words in (("Not the same", "Kept: not the same thing"), ("Not the same", "Taken back")):
        page.locator("dialog").get_by_role("button", name=answer).click()
        expect(said).to_have_text(words)


def test_several_views_and_search_with_this_one(page: sync_api.Page, kayak: bytes, example_photos: Path) -> None:
    search(page, kayak)
    page.set_input_files("#more", str(example_photos / "triple_books/books_02.jpg"))
    page.wait_for_selector(".basket li img >> nth=1")
    for name in ("books_01.jpg", "kayak_02.jpg"):
        expect(page.locator(".card.proved", has_text=name)).to_have_count(1)
    page.get_by_role("button", name="Take out view 2").click()
    page.wait_for_function("() => document.querySelectorAll('.basket li img').length === 0")
    page.wait_for_function("() => document.querySelector('.results:not(.busy) .summary')")
    page.get_by_role("button", name="Search with this photo, stitch_kayak/kayak_03.jpg").click()
    page.wait_for_function("() => location.search.includes('view=photo:')")

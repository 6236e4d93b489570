"""Results by date, by folder and on a map, in a real browser, from what cameras wrote into the photos."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from service_process import ServiceProcess
from waiting import becomes
from web_page import CHROMIUM, wait_until_at_rest

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
pytest.importorskip("axe_playwright_python", reason="needs `pip install axe-playwright-python`")
from axe_playwright_python.sync_playwright import Axe
from playwright import sync_api
from playwright.sync_api import expect

from glocal.collection import Collection
from glocal.extraction import load_model
from glocal.service.settings import Settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]

TUEBINGEN, NEARBY, ZURICH = (48.52, 9.05), (48.521, 9.051), (47.37, 8.54)
TAKEN: dict[str, tuple[str | None, tuple[float, float] | None]] = {
    "summer/kayak_01.jpg": ("2023:06:02 10:00:00", TUEBINGEN),
    "summer/kayak_02.jpg": ("2024:05:17 09:00:00", NEARBY),
    "autumn/kayak_03.jpg": ("2024:05:18 09:00:00", ZURICH),
    "autumn/kayak_04.jpg": (None, None),
}
SEARCH = "/?collection=trips&view=photo:1"


@pytest.fixture(scope="module")
def trips(tmp_path_factory: pytest.TempPathFactory, example_photos: Path) -> Iterator[ServiceProcess]:
    """Four photos of one place in two folders, with dates and places, and one of something else."""
    folder = tmp_path_factory.mktemp("trips")
    for name, (date, place) in TAKEN.items():
        exif = Image.Exif()
        if date is not None:
            exif.get_ifd(0x8769)[0x9003] = date
        if place is not None:
            exif.get_ifd(0x8825).update({1: "N", 2: (place[0], 0.0, 0.0), 3: "E", 4: (place[1], 0.0, 0.0)})
        (folder / name).parent.mkdir(exist_ok=True)
        with Image.open(example_photos / "stitch_kayak" / Path(name).name) as photo:
            photo.save(folder / name, exif=exif, quality=95)
    with Collection.create(folder / "collection", load_model()) as collection:
        collection.add([folder / name for name in TAKEN])
        collection.add([example_photos / "pixabay/car01.jpg"])
    with ServiceProcess(Settings({"trips": folder / "collection"}, folder / "state"), folder / "log") as running:
        yield running


@pytest.fixture(params=["desktop", "phone", "dark"])
def page(browser: sync_api.Browser, trips: ServiceProcess, request: pytest.FixtureRequest) -> Iterator[sync_api.Page]:
    size: Any = {"width": 390, "height": 800} if request.param == "phone" else {"width": 1280, "height": 860}
    scheme: Any = "dark" if request.param == "dark" else "light"
    with browser.new_context(
        base_url=trips.url, viewport=size, color_scheme=scheme, has_touch=request.param == "phone"
    ) as context:
        opened = context.new_page()
        opened.set_default_timeout(30_000)
        broken: list[str] = []
        opened.on("pageerror", lambda error: broken.append(str(error)))
        yield opened
        assert broken == []


def groups(page: sync_api.Page) -> dict[str, list[str]]:
    """Return the titles of the groups that are shown, with the names of their photos."""
    sections = page.locator(".results .group").all()
    return {
        str(one.get_attribute("aria-label")): [
            text.rpartition("/")[2] for text in one.locator(".name").all_inner_texts()
        ]
        for one in sections
    }


def choose(page: sync_api.Page, way: str) -> None:
    button = page.get_by_role("button", name=way)
    button.click()
    expect(page.locator(".arrange [aria-pressed=true]")).to_have_text(way)
    expect(button).to_be_focused()  # the keyboard goes on here


def test_by_date_and_by_folder_without_another_search(page: sync_api.Page) -> None:
    searches: list[str] = []
    page.on("request", lambda request: searches.append(request.url) if "/search/" in request.url else None)
    page.goto(SEARCH)
    page.wait_for_selector(".summary")
    surest = groups(page)
    found = {name for title, names in surest.items() if title != "Similar" for name in names}
    assert found >= {"kayak_01.jpg", "kayak_02.jpg", "kayak_03.jpg"}
    similar = {"Similar": surest["Similar"]}
    undated = ["kayak_04.jpg"] if "kayak_04.jpg" in found else []

    choose(page, "By date")
    shown = groups(page)
    assert list(shown.items())[:2] == [("May 2024", ["kayak_03.jpg", "kayak_02.jpg"]), ("June 2023", ["kayak_01.jpg"])]
    assert shown.get("Without a date", []) == undated
    assert {"Similar": shown["Similar"]} == similar
    may = page.locator("section[aria-label='May 2024']")
    expect(may.locator(".facts").first).to_have_text(re.compile("^2024-05-18 · "))
    expect(may.locator(".verdict").first).to_have_text(re.compile("^proved "))

    choose(page, "By folder")
    shown = groups(page)
    titles = [title.rpartition("/")[2] for title in shown]
    assert titles == ["autumn", "summer", "Similar"]
    assert sorted(list(shown.values())[1]) == ["kayak_01.jpg", "kayak_02.jpg"]
    assert len(searches) == 1
    page.reload()
    page.wait_for_selector(".summary")
    becomes(lambda: groups(page), shown)
    choose(page, "Surest first")
    becomes(lambda: groups(page), surest)
    expect(page).not_to_have_url(re.compile("by="))


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Haversine formula, on a sphere of 6371 km."""
    (south, west), (north, east) = (tuple(map(math.radians, place)) for place in (one, other))
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half))


def test_the_map_is_true_to_scale_and_leads_to_the_photos(page: sync_api.Page) -> None:
    page.goto(f"{SEARCH}&by=place")
    page.wait_for_selector(".map")
    expect(page.locator(".map .point")).to_have_count(2)
    first, second = page.locator(".map .point").all()  # those nearby share a mark
    marks = [one.evaluate("(one) => [one.cx.baseVal.value, one.cy.baseVal.value]") for one in (first, second)]
    bar = page.locator(".map .scale path").evaluate("(one) => one.getBBox().width")
    number, unit = (page.locator(".map .length").text_content() or "").split()
    length = float(number) * {"km": 1.0, "m": 0.001}[unit]
    assert math.dist(*marks) / bar * length == pytest.approx(kilometres(TUEBINGEN, ZURICH), rel=0.01)

    for label, name in (("1: 48.520° N, 9.050° E", "kayak_01.jpg"), ("2: 47.370° N, 8.540° E", "kayak_03.jpg")):
        assert name in groups(page)[label]
        mark = page.locator(f".map a[aria-label^='{label[0]}: ']")
        mark.focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"section[aria-label='{label}']")).to_be_focused()
    assert "kayak_02.jpg" in groups(page)["1: 48.520° N, 9.050° E"]
    page.wait_for_function("() => document.getElementById('place-2').getBoundingClientRect().top < innerHeight")
    wait_until_at_rest(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("by", ["date", "place"])
def test_axe_finds_no_fault(page: sync_api.Page, by: str) -> None:
    page.goto(f"{SEARCH}&by={by}")
    page.wait_for_selector(".summary")
    wait_until_at_rest(page)
    options = {"rules": {"label-content-name-mismatch": {"enabled": True}, "target-size": {"enabled": True}}}
    faults = Axe().run(page, options=options).response["violations"]
    assert [(fault["id"], node["html"][:200]) for fault in faults for node in fault["nodes"]] == []


PLACED = """async (cases) => {
  const script = document.querySelector("script[type=module]").src;
  const { MapFrame } = await import(new URL("map-frame.js", script).href);
  return cases.map(([width, places]) => {
    const frame = new MapFrame(places.map(([latitude, longitude]) => ({ latitude, longitude })), width);
    const marks = places.map(([latitude, longitude]) => frame.project({ latitude, longitude }));
    const { height } = frame;
    return { marks: marks.map(({ x, y }) => [x, y]), height, bar: frame.bar(), ...frame.graticule() };
  });
}"""


def test_maps_hold_every_place_wherever_on_earth(browser: sync_api.Browser, trips: ServiceProcess) -> None:
    corners = [(90.0, 0.0), (-90.0, 180.0), (-16.8, 179.9), (-16.9, -179.9), (0.0, 0.0), (71.2, 25.8), (71.2, 25.8001)]
    cases = [
        (width, [*corners[start:end]]) for width in (280, 1200) for start in range(7) for end in range(start + 1, 8)
    ]
    with browser.new_context(base_url=trips.url) as context:
        opened = context.new_page()
        opened.goto("/")
        answers = opened.evaluate(PLACED, cases)
    for (width, places), frame in zip(cases, answers, strict=True):
        for (latitude, _), (x, y) in zip(places, frame["marks"], strict=True):
            assert 0 < x < width
            assert 0 < y < frame["height"]
            assert all(
                (y <= other_y) == (latitude >= other) or latitude == other
                for (other, _), (_, other_y) in zip(places, frame["marks"], strict=True)
            )  # north is up
        assert 1 <= len(frame["parallels"]) <= 12
        assert 1 <= len(frame["meridians"]) <= 14
        for lines in (frame["parallels"], frame["meridians"]):
            assert len({line["label"] for line in lines}) == len(lines)
        assert frame["bar"] is None or 0 < frame["bar"]["pixels"] <= 110
    across_the_date_line = answers[cases.index((1200, corners[2:4]))]
    (west, _), (east, _) = across_the_date_line["marks"]
    assert west < east
    assert across_the_date_line["bar"] is not None


LAND = """async (cases) => {
  const script = document.querySelector("script[type=module]").src;
  const load = (name) => import(new URL(name, script).href);
  const [{ MapFrame }, { landUnder }, { s }] = await Promise.all(["map-frame.js", "land.js", "dom.js"].map(load));
  return Promise.all(cases.map(async ([places, asked]) => {
    const place = ([latitude, longitude]) => ({ latitude, longitude });
    const frame = new MapFrame(places.map(place), 800);
    const land = await landUnder(frame);
    document.body.append(s("svg", { width: 800, height: frame.height, viewBox: `0 0 800 ${frame.height}` }, ...land));
    const { x, y } = frame.project(place(asked));
    const unmoved = (path) => new DOMPoint(x, y).matrixTransform(path.transform.baseVal[0].matrix.inverse());
    const isIn = (path) => path.isPointInFill(unmoved(path));
    return land.length ? land.some(isIn) : null;
  }));
}"""
WIDE = {
    "the world": [(60.0, -170.0), (-50.0, -80.0), (0.0, 10.0), (0.0, 100.0)],
    "Europe": [(36.0, -9.0), (60.0, 30.0)],
    "across the date line": [(70.0, 170.0), (-45.0, -120.0)],
}
ON_LAND = {
    "Berlin": (52.5, 13.4),
    "Nairobi": (-1.3, 36.8),
    "Denver": (39.7, -105.0),
    "Siberia": (67.5, 178.0),
    "Alaska": (65.0, -155.0),
}
AT_SEA = {"Atlantic": (40.0, -40.0), "Biscay": (45.5, -5.0), "Caspian Sea": (41.0, 51.0), "Pacific": (0.0, -150.0)}


def test_land_lies_where_it_is(browser: sync_api.Browser, trips: ServiceProcess) -> None:
    asked = [(places, name) for places in WIDE.values() for name in (*ON_LAND, *AT_SEA)]
    with browser.new_context(base_url=trips.url) as context:
        opened = context.new_page()
        opened.goto("/")
        found = opened.evaluate(LAND, [(places, (ON_LAND | AT_SEA)[name]) for places, name in asked])
        assert found == [name in ON_LAND for _, name in asked]
        assert opened.evaluate(LAND, [([TUEBINGEN, ZURICH], TUEBINGEN)]) == [None]  # too coarse for that

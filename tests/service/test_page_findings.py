"""Many albums and duplicates in a real browser: the first are shown, the others are a click away."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from service_process import ServiceProcess
from web_page import CHROMIUM, desktop_page

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
from playwright import sync_api
from playwright.sync_api import expect

from glocal.collection import Collection
from glocal.service.jobs import JobTable, Kind
from glocal.service.settings import Settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]

GROUPS, COPIES = 23, 70


@pytest.fixture(scope="module")
def sorted_service(indexed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service whose jobs have found many albums and duplicates, one of each of many photos."""
    folder = tmp_path_factory.mktemp("sorted")
    shutil.copytree(indexed / "collection", folder / "collection")
    many = folder / "photos"
    many.mkdir()
    for number in range(COPIES):
        shutil.copy(indexed / "photos/pixabay/car01.jpg", many / f"{number:02}.jpg")
    with Collection.open(folder / "collection") as collection:
        collection.add([many])
        generation = collection.counts().generation
        ids = [photo.id for photo in collection.photos() if photo.path.parent == many]
    table = JobTable(folder / "state" / "jobs.sqlite")
    albums = [{"name": f"album {number}", "photos": ids if not number else ids[:2]} for number in range(GROUPS)]
    groups = [{**album, "pairs": [], "kept": ids[0], "copies": []} for album in albums]
    kinds: tuple[Kind, ...] = ("albums", "duplicates")
    for kind in kinds:
        table.put("demo", kind, {})
        job = table.claim(kind, "an earlier run")
        assert job is not None
        table.finish(job, "an earlier run", "done", {"generation": generation, "albums": albums, "groups": groups})
    with ServiceProcess(Settings({"demo": folder / "collection"}, folder / "state"), folder / "log") as service:
        yield service


@pytest.fixture
def reader(browser: sync_api.Browser, sorted_service: ServiceProcess) -> Iterator[sync_api.Page]:
    with desktop_page(browser, sorted_service.url) as page:
        yield page


@pytest.mark.parametrize(
    ("where", "whole", "count"),
    [("browse&shelf=albums", "albums", "23 albums"), ("duplicates", "groups", "23 groups of duplicates")],
)
def test_the_rest_is_a_click_away(reader: sync_api.Page, where: str, whole: str, count: str) -> None:
    reader.goto(f"/?collection=demo&page={where}")
    sections = reader.locator("section.group")
    expect(sections).to_have_count(20)
    expect(reader.locator("main")).to_contain_text(count)
    further = reader.get_by_role("button", name=f"Show more of the {whole}")
    further.click()
    expect(sections).to_have_count(GROUPS)
    expect(further).to_be_hidden()
    expect(sections.nth(20).get_by_role("button").first).to_be_focused()


@pytest.mark.parametrize("where", ["browse&shelf=albums", "duplicates"])
def test_the_photos_of_one_come_page_by_page(reader: sync_api.Page, where: str) -> None:
    reader.goto(f"/?collection=demo&page={where}")
    first = reader.locator("section.group").first
    expect(first).to_contain_text(str(COPIES))
    cards, more = first.locator(".card"), first.get_by_role("button", name=re.compile("Show more of"))
    for shown in (30, 60):
        expect(cards).to_have_count(shown)
        more.click()
    expect(cards).to_have_count(COPIES)
    expect(more).to_be_hidden()
    assert [name.strip().rpartition("/")[2] for name in first.locator(".name").all_text_contents()] == [
        f"{number:02}.jpg" for number in range(COPIES)
    ]

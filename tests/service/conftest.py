"""A service on a few real photos, shared by all tests of this room that only read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi", reason="the service needs the [serve] extra")
pytest.importorskip("httpx", reason="the tests of the service call it with httpx")

import httpx
from service_process import ServiceProcess
from waiting import PATIENCE_SECONDS
from web_page import CHROMIUM, FLAGS, desktop_page

from glocal.collection import Collection
from glocal.extraction import load_model
from glocal.service.settings import Settings

if TYPE_CHECKING:
    from playwright import sync_api

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
FEW = (
    "stitch_kayak/kayak_01.jpg",
    "stitch_kayak/kayak_02.jpg",
    "stitch_kayak/kayak_03.jpg",
    "triple_books/books_01.jpg",
    "pixabay/car01.jpg",
    "pixabay/horse02.jpg",
)


@pytest.fixture(scope="session")
def example_photos() -> Path:
    return PHOTOS


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of six photos, three of them of one place. Copy it before changing it."""
    folder = tmp_path_factory.mktemp("indexed")
    for name in FEW:
        target = folder / "photos" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PHOTOS / name, target)
    with Collection.create(folder / "collection", load_model()) as collection:
        collection.add([folder / "photos"])
    return folder


@pytest.fixture
def own_copy(indexed: Path, tmp_path: Path) -> Path:
    """The collection, to be changed; its photos stay where they are."""
    shutil.copytree(indexed / "collection", tmp_path / "collection")
    return tmp_path / "collection"


@pytest.fixture(scope="session")
def service(indexed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    folder = tmp_path_factory.mktemp("service")
    settings = Settings({"demo": indexed / "collection"}, folder / "state", max_upload=8 * 1024 * 1024)
    with ServiceProcess(settings, folder / "log") as running:
        yield running


@pytest.fixture
def client(service: ServiceProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{service.api}/", timeout=60) as opened:
        yield opened


@pytest.fixture(scope="session")
def kayak() -> bytes:
    return (PHOTOS / "stitch_kayak/kayak_02.jpg").read_bytes()


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    playwright_api = pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
    playwright_api.expect.set_options(timeout=1000 * PATIENCE_SECONDS)
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: sync_api.Browser, service: ServiceProcess) -> Iterator[sync_api.Page]:
    with desktop_page(browser, service.url) as page:
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda message: broken.append(message.text) if "Content Security" in message.text else None)
        yield page
        assert broken == []

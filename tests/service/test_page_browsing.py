"""The pages around the search in a real browser: browse, describe, remove, add folders, duplicates."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from service_process import JOB_SECONDS, ServiceProcess, wait_for
from waiting import becomes
from web_page import CHROMIUM, box_of, desktop_page

pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
from playwright import sync_api
from playwright.sync_api import expect

from glocal.service.settings import Settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def changing(indexed: Path, example_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service whose collection may be changed: six photos, a copy of one, and a folder with more on the server."""
    folder = tmp_path_factory.mktemp("changing")
    shutil.copytree(indexed / "collection", folder / "collection")
    for name in ("triple_books/books_02.jpg", "triple_skull/skull_01.jpg"):
        (folder / "camera" / "2024" / name).parent.mkdir(parents=True)
        shutil.copy(example_photos / name, folder / "camera" / "2024" / name)
    (folder / "camera" / "broken.jpg").write_bytes(b"no photo")
    shutil.copy(example_photos / "pixabay/car01.jpg", folder / "camera" / "again.jpg")
    settings = Settings({"demo": folder / "collection"}, folder / "state", {"camera": folder / "camera"})
    with ServiceProcess(settings, folder / "log") as service:
        yield service


@pytest.fixture
def reader(browser: sync_api.Browser, changing: ServiceProcess) -> Iterator[sync_api.Page]:
    with desktop_page(browser, changing.url) as page:
        yield page


def listed(service: ServiceProcess) -> dict[str, dict[str, object]]:
    found = httpx.get(f"{service.api}/collections/demo/photos", params={"limit": 500}).json()["photos"]
    return {photo["name"]: photo for photo in found}


def test_a_folder_is_gone_into_and_added(reader: sync_api.Page, changing: ServiceProcess) -> None:
    reader.goto("/?collection=demo&page=add")
    reader.get_by_role("button", name="camera").click()
    expect(reader.locator(".folder-list")).to_contain_text("2 photos here")
    reader.get_by_role("button", name="2024").click()
    reader.get_by_role("button", name="triple_books").click()
    reader.get_by_role("button", name="Add triple_books").click()
    expect(reader.locator(".jobs li")).to_contain_text("1 added", timeout=1000 * JOB_SECONDS)
    expect(reader.locator(".jobs")).to_contain_text("camera/2024/triple_books")
    expect(reader.locator(".jobs")).to_contain_text(re.compile(r"\d\d:\d\d"))
    assert "triple_books/books_02.jpg" in listed(changing)


def test_photos_are_browsed_by_folder_and_newest_first(reader: sync_api.Page, changing: ServiceProcess) -> None:
    reader.goto("/?collection=demo&page=browse")
    reader.wait_for_selector(".shelf .card")
    ids = [int(one.get_attribute("data-photo") or 0) for one in reader.locator(".shelf .card").all()]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) >= 6
    reader.get_by_role("button", name="Folders").click()
    reader.get_by_role("button", name="photos/stitch_kayak").click()
    expect(reader.locator(".shelf .card")).to_have_count(3)
    reader.reload()
    expect(reader.locator(".shelf .card")).to_have_count(3)
    reader.go_back()
    reader.wait_for_selector(".folder-list")


def test_a_reader_who_comes_back_before_the_answer_sees_what_was_asked_for_last(reader: sync_api.Page) -> None:
    reader.goto("/?collection=demo&page=browse")
    expect(reader.locator(".shelf .card").first).to_be_visible()
    held: list[sync_api.Route] = []
    reader.route("**/folders", lambda route: held.append(route))
    reader.get_by_role("button", name="Folders").click()
    reader.get_by_role("button", name="Newest").click()
    expect(reader.locator(".shelf .card").first).to_be_visible()
    with reader.expect_response("**/folders"):
        held[0].continue_()
    expect(reader.get_by_role("button", name="Newest")).to_have_attribute("aria-pressed", "true")
    expect(reader.locator(".shelf .card").first).to_be_visible()
    expect(reader.locator(".folder-list")).to_have_count(0)


def test_a_folder_of_the_server_that_answers_late_is_not_shown_over_another(reader: sync_api.Page) -> None:
    reader.goto("/?collection=demo&page=add")
    held: list[sync_api.Route] = []
    reader.route("**/roots/camera?**", lambda route: held.append(route), times=1)
    reader.get_by_role("button", name="camera").click()
    reader.get_by_role("button", name="camera").click()
    expect(reader.get_by_role("button", name="Add camera")).to_be_visible()
    reader.get_by_role("button", name="2024").click()
    expect(reader.get_by_role("button", name="Add 2024")).to_be_visible()
    with reader.expect_response("**/roots/camera?**"):
        held[0].continue_()
    reader.evaluate("() => fetch('api/v1/session').then((answer) => answer.json())")  # so the late answer has been read
    expect(reader.get_by_role("button", name="Add 2024")).to_be_visible()


def test_a_folder_known_by_a_photo_that_is_gone_leads_to_all_folders(reader: sync_api.Page) -> None:
    reader.goto("/?collection=demo&page=browse&shelf=folders&folder=999999")
    expect(reader.get_by_role("button", name="photos/stitch_kayak")).to_be_visible()
    expect(reader).not_to_have_url(re.compile("folder="))


def test_a_photo_is_described_and_that_undone(reader: sync_api.Page, changing: ServiceProcess) -> None:
    reader.goto("/?collection=demo&page=browse&shelf=newest")
    card = reader.locator(".card", has_text="kayak_03.jpg")
    card.get_by_role("button", name="Describe").click()
    reader.get_by_label("Name").first.fill("year")
    reader.get_by_label("Value").first.fill("2024")
    reader.get_by_role("button", name="Save").click()
    reader.wait_for_selector(".notice.done")
    assert listed(changing)["stitch_kayak/kayak_03.jpg"]["metadata"] == {"year": 2024}
    reader.get_by_role("button", name="Undo").click()
    becomes(lambda: listed(changing)["stitch_kayak/kayak_03.jpg"]["metadata"], {})


def test_what_is_known_keeps_its_type_where_nobody_touches_it(reader: sync_api.Page, changing: ServiceProcess) -> None:
    known = {"code": "0123", "tags": ["a", "b"], "sure": "true", "none": None, "deep": {"a": 1}, "one": 1.5}
    photo = listed(changing)["stitch_kayak/kayak_02.jpg"]["id"]
    httpx.put(f"{changing.api}/collections/demo/photos/{photo}/metadata", json=known).raise_for_status()
    reader.goto("/?collection=demo&page=browse&shelf=newest")
    reader.locator(".card", has_text="kayak_02.jpg").get_by_role("button", name="Describe").click()
    reader.get_by_label("Value").nth(1).fill('["a", "c"]')
    reader.route("**/metadata", lambda route: route.fulfill(status=503, json={"detail": "The disk is full."}), times=1)
    reader.get_by_role("button", name="Save").click()
    expect(reader.get_by_role("dialog")).to_contain_text("The disk is full.")
    reader.get_by_role("button", name="Save").click()
    reader.wait_for_selector(".notice.done")
    assert listed(changing)["stitch_kayak/kayak_02.jpg"]["metadata"] == {**known, "tags": ["a", "c"]}


def test_a_removed_photo_stays_away_wherever_the_reader_goes(reader: sync_api.Page, changing: ServiceProcess) -> None:
    reader.goto("/?collection=demo&page=browse")
    card = reader.locator(".card", has_text="kayak_01.jpg")
    card.get_by_role("button", name="Remove").click()
    for shelf in ("Folders", "Newest"):
        reader.get_by_role("button", name=shelf).click()
    expect(card).to_be_attached()
    expect(card).to_be_hidden()
    reader.route("**/photos?**", lambda route: route.abort())
    reader.get_by_role("button", name="Folders").click()
    reader.get_by_role("button", name="Newest").click()
    expect(reader.locator("#notice")).to_contain_text("does not answer")  # and the way back is still there
    reader.unroute("**/photos?**")
    reader.get_by_role("button", name="Undo").click()
    reader.get_by_role("button", name="Folders").click()
    reader.get_by_role("button", name="Newest").click()
    expect(card).to_be_visible()
    assert "stitch_kayak/kayak_01.jpg" in listed(changing)


def test_a_photo_is_removed_unless_that_is_undone(reader: sync_api.Page, changing: ServiceProcess) -> None:
    reader.goto("/?collection=demo&page=browse")
    card = reader.locator(".card", has_text="horse02.jpg")
    card.get_by_role("button", name="Remove").click()
    expect(card).to_be_hidden()
    reader.get_by_role("button", name="Undo").click()
    expect(card).to_be_visible()
    before = listed(changing)
    assert "pixabay/horse02.jpg" in before
    card.get_by_role("button", name="Remove").click()
    reader.locator(".card", has_text="car01.jpg").get_by_role("button", name="Remove").click()  # no way back any more
    expect(reader.locator("#count")).to_have_text(f"{len(before) - 1} photos")
    reader.get_by_role("button", name="Undo").click()
    assert set(before) - set(listed(changing)) == {"pixabay/horse02.jpg"}


def test_leaving_the_page_removes_for_good(reader: sync_api.Page, changing: ServiceProcess) -> None:
    reader.goto("/?collection=demo&page=browse")
    card = reader.locator(".card", has_text="books_01.jpg")
    card.get_by_role("button", name="Remove").click()
    reader.goto("about:blank")  # leaving the page does it for good
    becomes(lambda: "triple_books/books_01.jpg" in listed(changing), expected=False)
    reader.goto("/?collection=demo&page=browse")
    reader.wait_for_selector(".shelf .card")
    expect(card).to_have_count(0)


def test_albums_hold_what_shows_one_thing(reader: sync_api.Page, changing: ServiceProcess) -> None:
    reader.goto("/?collection=demo&page=browse&shelf=albums")
    reader.get_by_role("button", name="Sort into albums").click()
    album = reader.locator("section[aria-label=stitch_kayak]")
    album.wait_for(timeout=1000 * JOB_SECONDS)
    becomes(
        lambda: sorted(album.locator(".name").all_text_contents()), [f"kayak_0{number}.jpg" for number in (1, 2, 3)]
    )
    reader.reload()
    album.wait_for()


def test_unreadable_photos_and_duplicates_are_told(reader: sync_api.Page, changing: ServiceProcess) -> None:
    with httpx.Client(base_url=f"{changing.api}/", timeout=60) as client:
        wait_for(client, client.post("collections/demo/folders", json={"root": "camera"}).json())
    reader.goto("/?collection=demo&page=browse&shelf=problems")
    broken = reader.locator(".card", has_text="broken.jpg")
    expect(broken).to_contain_text("not a photo of a known format")
    assert box_of(broken.locator(".name"))["x"] == box_of(broken.locator(".facts"))["x"]
    describe, remove = (box_of(broken.get_by_role("button", name=what)) for what in ("Describe", "Remove"))
    assert describe["y"] == remove["y"]
    reader.goto("/?collection=demo&page=duplicates")
    reader.get_by_role("button", name="Look for duplicates").click()
    group = reader.locator("section.group")
    group.wait_for(timeout=1000 * JOB_SECONDS)
    becomes(
        lambda: sorted(one.strip() for one in group.locator(".name").all_text_contents()),
        ["camera/again.jpg", "pixabay/car01.jpg"],
    )
    expect(group).to_contain_text("the best to keep")
    expect(group).to_contain_text("pixels agree to > 99 %")
    stopped = {"id": "0", "kind": "duplicates", "what": "", "state": "cancelled", "done": 0, "total": 9, "created": 0}
    reader.route("**/jobs", lambda route: route.fulfill(json={"jobs": [stopped]}))
    reader.route("**/duplicates", lambda route: route.fulfill(json=stopped), times=1)
    with reader.expect_response("**/jobs"):
        reader.get_by_role("button", name="Look again").click()
    group.get_by_role("button", name="Proof").click()  # what was found before is there again
    reader.wait_for_selector("dialog.proof .stack")


def test_of_many_unreadable_photos_the_rest_is_a_click_away(reader: sync_api.Page, changing: ServiceProcess) -> None:
    with httpx.Client(base_url=f"{changing.api}/", timeout=60) as client:
        many = changing.settings.roots["camera"] / "many"
        many.mkdir()
        for number in range(65):
            (many / f"{number:02}.jpg").write_bytes(b"no photo")
        wait_for(client, client.post("collections/demo/folders", json={"root": "camera", "folder": "many"}).json())
    reader.goto("/?collection=demo&page=browse&shelf=problems")
    cards, count = reader.locator(".group .card"), reader.locator(".group .count")
    expect(count).to_have_text("60+")
    expect(cards).to_have_count(60)
    reader.get_by_role("button", name="Show more").click()
    expect(cards.filter(has_text="64.jpg")).to_have_count(1)
    expect(count).not_to_contain_text("+")
    assert int(count.text_content() or "0") == cards.count() >= 65

"""Looking through a collection and the server's folders over the API."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import httpx
import pytest
from service_process import ServiceProcess

from glocal.service.settings import Settings


def listed(client: httpx.Client, **asked: object) -> list[str]:
    answer = client.get("collections/demo/photos", params=asked)
    return [photo["name"] for photo in answer.json()["photos"]]


def test_folders_are_named_by_a_photo_of_theirs(client: httpx.Client) -> None:
    folders = {one["name"]: one for one in client.get("collections/demo/folders").json()["folders"]}
    assert {name: one["photos"] for name, one in folders.items()} == {
        "photos/pixabay": 2,
        "photos/stitch_kayak": 3,
        "photos/triple_books": 1,
    }
    kayaks = folders["photos/stitch_kayak"]["photo"]
    assert listed(client, folder=kayaks) == [f"stitch_kayak/kayak_0{number}.jpg" for number in (1, 2, 3)]
    first = client.get("collections/demo/photos", params={"folder": kayaks, "limit": 2}).json()
    assert listed(client, folder=kayaks, limit=2, after=first["next"]) == ["stitch_kayak/kayak_03.jpg"]
    assert client.get("collections/demo/photos", params={"folder": 999}).status_code == 404


def test_the_newest_and_the_missing(client: httpx.Client) -> None:
    newest = client.get("collections/demo/photos", params={"show": "newest"}).json()["photos"]
    assert [photo["id"] for photo in newest] == sorted((photo["id"] for photo in newest), reverse=True)
    assert listed(client, show="unreadable") == []
    assert listed(client, show="missing") == []


@pytest.mark.slow
def test_missing_photos_and_the_servers_folders(indexed: Path, tmp_path: Path) -> None:
    shutil.copytree(indexed / "collection", tmp_path / "collection")
    (tmp_path / "camera" / "2024").mkdir(parents=True)
    (tmp_path / "camera" / ".hidden").mkdir()
    (tmp_path / "camera" / "out").symlink_to("/etc")
    (tmp_path / os.fsdecode(b"camera/\xff")).mkdir()
    shutil.copy(indexed / "photos/pixabay/car01.jpg", tmp_path / "camera/2024/car.jpg")
    settings = Settings({"demo": tmp_path / "collection"}, tmp_path / "state", {"camera": tmp_path / "camera"})
    gone = indexed / "photos/pixabay/horse02.jpg"
    gone.rename(tmp_path / "elsewhere.jpg")
    try:
        with ServiceProcess(settings, tmp_path / "log") as service, httpx.Client(base_url=f"{service.api}/") as client:
            assert listed(client, show="missing") == ["pixabay/horse02.jpg"]
            root = client.get("roots/camera").json()
            assert (root["folders"], root["photos"]) == (["2024", "out"], 0)
            assert client.get("roots/camera", params={"folder": "2024"}).json()["photos"] == 1
            for odd in ("../", "out", "nothing", "2024/car.jpg", "\0"):
                assert client.get("roots/camera", params={"folder": odd}).status_code == 404, odd
            assert client.get("roots/etc").status_code == 404
    finally:
        (tmp_path / "elsewhere.jpg").rename(gone)

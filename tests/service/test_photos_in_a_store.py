"""A service whose photos lie in a store: it shows and compares them, and says when the store is not there."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from object_store import ObjectStore, at, nowhere
from PIL import Image
from service_process import ServiceProcess

from glocal.collection import Collection
from glocal.extraction import load_model
from glocal.service.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def stored(indexed: Path, object_store: ObjectStore, bucket: str, tmp_path: Path) -> Path:
    """A collection of the six photos, from the store."""
    object_store.put_folder(bucket, indexed / "photos")
    with Collection.create(tmp_path / "collection", load_model()) as collection:
        assert collection.add([f"s3://{bucket}"]).added == 6
    return tmp_path / "collection"


@pytest.fixture
def asked(stored: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    settings = Settings({"demo": stored}, tmp_path / "state")
    with (
        ServiceProcess(settings, tmp_path / "log") as service,
        httpx.Client(base_url=f"{service.api}/", timeout=120) as c,
    ):
        yield c


def by_name(client: httpx.Client) -> dict[str, int]:
    return {photo["name"]: photo["id"] for photo in client.get("collections/demo/photos").json()["photos"]}


def test_photos_are_shown_searched_and_proved(
    asked: httpx.Client, object_store: ObjectStore, bucket: str, indexed: Path, kayak: bytes
) -> None:
    photos = by_name(asked)
    wanted = photos["stitch_kayak/kayak_02.jpg"]
    thumbnail = asked.get(f"collections/demo/photos/{wanted}/picture", params={"size": "320"})
    assert Image.open(io.BytesIO(thumbnail.content)).size[0] == 320
    original = asked.get(f"collections/demo/photos/{wanted}/file")
    assert original.content == (indexed / "photos/stitch_kayak/kayak_02.jpg").read_bytes()
    assert unquote(original.headers["content-disposition"]).endswith("kayak_02.jpg")
    asks = {"view": f"photo:{wanted}", "mode": "thorough"}
    hits = asked.get("collections/demo/search", params=asks).json()["hits"]
    proved = [hit for hit in hits if hit["verdict"] == "proved" and hit["photo"]["id"] != wanted]
    assert {hit["photo"]["name"] for hit in proved} == {"stitch_kayak/kayak_01.jpg", "stitch_kayak/kayak_03.jpg"}
    assert all(hit["agreement"] is not None for hit in proved)  # their pixels were read

    object_store.delete(f"{bucket}/pixabay/car01.jpg")
    gone = photos["pixabay/car01.jpg"]
    assert asked.get(f"collections/demo/photos/{gone}/picture").status_code == 410
    missing = asked.get("collections/demo/photos", params={"show": "missing"}).json()["photos"]
    assert [photo["id"] for photo in missing] == [gone]


def test_a_store_that_is_not_there_is_no_photo_that_is_gone(stored: Path, tmp_path: Path) -> None:
    settings = Settings({"demo": stored}, tmp_path / "state")
    with (
        at(nowhere()),
        ServiceProcess(settings, tmp_path / "log") as service,
        httpx.Client(base_url=f"{service.api}/", timeout=120) as client,
    ):
        photo = by_name(client)["stitch_kayak/kayak_02.jpg"]
        for what in ("picture", "file"):
            refused = client.get(f"collections/demo/photos/{photo}/{what}")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
            assert "store of this photo cannot be reached" in refused.json()["detail"]
        assert client.get("collections/demo/photos", params={"show": "missing"}).json()["photos"] == []
        hits = client.get("collections/demo/search", params={"view": f"photo:{photo}"}).json()["hits"]
        assert [hit["verdict"] for hit in hits[:3]] == ["proved"] * 3  # found by what is in the collection

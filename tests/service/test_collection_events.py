"""Following a collection: whoever changes it, listeners hear of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from service_process import ServiceProcess

from glocal.service.settings import Settings

pytestmark = pytest.mark.slow

ADD = "import sys; from glocal import Collection; Collection.open(sys.argv[1]).add(sys.argv[2])"


def heard(response: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in response.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def listening(service: ServiceProcess, opened: ExitStack, last: int | None = None) -> Iterator[dict[str, Any]]:
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    return heard(
        opened.enter_context(httpx.stream("GET", f"{service.api}/collections/demo/events", headers=headers, timeout=60))
    )


def add(collection: Path, photo: Path) -> None:
    subprocess.run([sys.executable, "-c", ADD, str(collection), str(photo)], check=True)


def test_listeners_hear_of_photos_that_come_and_go_in_any_process(
    own_copy: Path, tmp_path: Path, example_photos: Path
) -> None:
    settings = Settings({"demo": own_copy}, tmp_path / "state")
    with (
        ServiceProcess(settings, tmp_path / "log") as service,
        httpx.Client(base_url=f"{service.api}/", timeout=60) as client,
        client.stream("GET", "collections/demo/events") as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        events = heard(response)
        first = next(events)
        assert first == httpx.get(f"{service.api}/collections/demo").json()
        assert first["photos"] == 6
        photo = example_photos / "stitch_kayak" / "kayak_04.jpg"
        add(own_copy, photo)
        added = next(event for event in events if event["photos"] == 7)
        assert added["generation"] > first["generation"]
        (newest, *_) = httpx.get(f"{service.api}/collections/demo/photos", params={"show": "newest"}).json()["photos"]
        assert newest["name"] == "stitch_kayak/kayak_04.jpg"
        httpx.delete(f"{service.api}/collections/demo/photos/{newest['id']}").raise_for_status()
        assert next(event for event in events if event["photos"] == 6)["generation"] > added["generation"]
    assert "error" not in (tmp_path / "log").read_text().lower()


def test_a_listener_of_several_workers_hears_what_it_has_missed_and_nothing_twice(
    own_copy: Path, tmp_path: Path, example_photos: Path
) -> None:
    settings = Settings({"demo": own_copy}, tmp_path / "state", workers=2)
    kayak = example_photos / "stitch_kayak"
    with ServiceProcess(settings, tmp_path / "log") as service, ExitStack() as opened:
        streams = [listening(service, opened) for _ in range(8)]  # of both workers, all but surely
        (first,) = {json.dumps(next(events)) for events in streams}
        known = json.loads(first)["generation"]
        up_to_date = listening(service, opened, last=known)
        add(own_copy, kayak / "kayak_04.jpg")
        for events in (*streams, up_to_date):
            assert next(events)["photos"] == 7
        assert next(listening(service, opened, last=known))["photos"] == 7
        service.__exit__()
        assert [list(events) for events in (*streams, up_to_date)] == [[]] * 9  # whole: nothing was cut off
    add(own_copy, kayak / "kayak_05.jpg")
    with ServiceProcess(settings, tmp_path / "log") as service, ExitStack() as opened:
        assert next(listening(service, opened, last=known))["photos"] == 8
    assert "error" not in (tmp_path / "log").read_text().lower()

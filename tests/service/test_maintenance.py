"""Looking after a collection while it is served."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from service_process import ServiceProcess, wait_for

from glocal.collection import Collection
from glocal.service.settings import Settings


def done(client: httpx.Client, task: str, **params: Any) -> dict[str, Any]:
    begun = client.post(f"admin/collections/demo/{task}", params=params)
    assert begun.status_code == 202
    job = wait_for(client, begun.json())
    assert (job["kind"], job["state"]) == ("maintenance", "done")
    result = job["result"]
    assert isinstance(result, dict)
    assert result["task"] == task
    return result


def test_a_collection_is_checked_backed_up_and_compacted_while_it_is_served(
    client: httpx.Client, service: ServiceProcess
) -> None:
    result = done(client, "check", files=True)
    assert (result["sound"], result["photos"], result["damaged_count"], result["files_count"]) == (True, 6, 0, 0)
    assert done(client, "backup")["unchanged"] is False
    assert done(client, "backup")["unchanged"] is True
    backup = service.settings.state / "backups" / "demo"
    with Collection.open(backup) as copy:
        assert len(copy) == 6
        assert copy.check().is_sound
    result = done(client, "compact")
    assert 0 < result["bytes_after"] <= result["bytes_before"]
    assert client.get("collections/demo").json()["damaged"] == 0


@pytest.mark.slow
def test_a_backup_holds_what_was_sent_and_judged_over_the_api(own_copy: Path, tmp_path: Path, kayak: bytes) -> None:
    settings = Settings({"demo": own_copy}, own_copy / "service")
    with (
        ServiceProcess(settings, tmp_path / "log") as service,
        httpx.Client(base_url=f"{service.api}/", timeout=60) as client,
    ):
        sent = client.post("collections/demo/photos", files={"photo": ("sent.jpg", kayak + b"!")})
        wait_for(client, sent.json()["job"])
        client.put("collections/demo/photos/2/judgement", params={"view": "photo:1"}, json={"same": True})
        result = done(client, "backup")
    assert (result["photos"], result["judgements"], result["sent_photos"]) == (7, 1, 1)
    Collection.restore(own_copy / "service/backups/demo", tmp_path / "restored")
    copies = [path.read_bytes() for path in (tmp_path / "restored/service/photos").rglob("sent.jpg")]
    assert copies == [kayak + b"!"]


def harm_features(collection: Path, photo: int) -> None:
    with closing(sqlite3.connect(collection / "catalog.sqlite")) as connection:
        (packed,) = connection.execute("SELECT packed FROM features WHERE photo = ?", (photo,)).fetchone()
        changed = packed[:-1] + bytes([packed[-1] ^ 1])
        connection.execute("UPDATE features SET packed = ? WHERE photo = ?", (changed, photo))
        connection.commit()


@pytest.mark.slow
def test_damage_is_told_in_answers_found_and_repaired_meanwhile(own_copy: Path, tmp_path: Path, kayak: bytes) -> None:
    harm_features(own_copy, 1)
    settings = Settings({"demo": own_copy}, tmp_path / "state")
    with (
        ServiceProcess(settings, tmp_path / "log") as service,
        httpx.Client(base_url=f"{service.api}/", timeout=60) as client,
    ):
        answer = client.post("collections/demo/search", files={"photo": kayak}).json()
        assert answer["damaged"] == 1
        assert 1 not in [hit["photo"]["id"] for hit in answer["hits"]]
        assert client.get("collections/demo").json()["damaged"] == 1
        result = done(client, "check")
        assert (result["sound"], result["damaged_count"]) == (False, 1)
        assert (result["damaged"][0]["photo"], result["damaged"][0]["part"]) == (1, "local features")
        refused = wait_for(client, client.post("admin/collections/demo/backup").json())
        assert refused["state"] == "failed"
        repaired = done(client, "repair")
        assert (repaired["found"]["damaged_count"], repaired["extracted_count"], repaired["lost_count"]) == (1, 1, 0)
        assert done(client, "check")["sound"]
        answer = client.post("collections/demo/search", files={"photo": kayak}).json()
        assert answer["damaged"] == client.get("collections/demo").json()["damaged"] == 0
        assert 1 in [hit["photo"]["id"] for hit in answer["hits"]]

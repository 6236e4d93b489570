"""Albums over the API: sorted by a job, told whether they are still right."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from service_process import ServiceProcess, wait_for

from glocal.service.settings import Settings


@pytest.mark.slow
def test_albums_are_sorted_by_a_job(own_copy: Path, tmp_path: Path) -> None:
    with (
        ServiceProcess(Settings({"demo": own_copy}, tmp_path / "state"), tmp_path / "log") as service,
        httpx.Client(base_url=f"{service.api}/", timeout=60) as client,
    ):
        nothing = {"albums": [], "total": 0, "next": None, "known": False, "stale": True, "job": None}
        assert client.get("collections/demo/albums").json() == nothing
        first, second = (client.post("collections/demo/albums").json() for _ in range(2))
        assert wait_for(client, first)["state"] == "done"
        assert second["id"] == first["id"]
        answer = client.get("collections/demo/albums").json()
        (album,) = answer["albums"]
        names = [f"stitch_kayak/kayak_0{number}.jpg" for number in (1, 2, 3)]
        assert (album["name"], [photo["name"] for photo in album["photos"]]) == ("stitch_kayak", names)
        assert not answer["stale"]
        client.delete(f"collections/demo/photos/{album['photos'][0]['id']}")
        later = client.get("collections/demo/albums").json()
        assert later["stale"]
        assert len(later["albums"][0]["photos"]) == 2

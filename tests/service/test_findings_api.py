"""What jobs have found, page by page over the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the service needs the [serve] extra")
from fastapi.testclient import TestClient

from glocal.service.app import create_app
from glocal.service.jobs import Job, JobTable, Kind
from glocal.service.settings import Settings

Told = Callable[[Kind, dict[str, Any]], Job]


@pytest.fixture
def client(own_copy: Path, tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(Settings({"demo": own_copy}, tmp_path / "state"))
    app.state.glocal.is_ready = True  # as its start would say, which is not what is looked at here
    yield TestClient(app, base_url="http://localhost/api/v1/collections/demo/")
    app.state.glocal.close()


@pytest.fixture
def tell(tmp_path: Path, client: TestClient) -> Told:
    """Return what notes a result, as a worker does whose job is done."""
    table = JobTable(tmp_path / "state" / "jobs.sqlite")

    def told(kind: Kind, result: dict[str, Any]) -> Job:
        table.put("demo", kind, {})
        job = table.claim(kind, "me")
        assert job is not None
        table.finish(job, "me", "done", {"generation": 0, **result})
        return job

    return told


def ids_of(client: TestClient) -> list[int]:
    return [photo["id"] for photo in client.get("photos").json()["photos"]]


def numbered(count: int, photos: list[int]) -> dict[str, Any]:
    return {"albums": [{"name": f"album {number}", "photos": photos} for number in range(count)]}


def all_pages(client: TestClient, path: str, name: str, limit: int) -> list[list[Any]]:
    """Return the list of each page, as one who asks for the next until there is none."""
    pages: list[list[Any]] = []
    after: dict[str, str] = {}
    while True:
        answer = client.get(path, params={"limit": limit, **after})
        assert answer.status_code == 200, answer.text
        pages.append(answer.json()[name])
        if answer.json()["next"] is None:
            return pages
        after = {"after": answer.json()["next"]}


@pytest.mark.parametrize(("limit", "lengths"), [(1, [1] * 7), (3, [3, 3, 1]), (7, [7]), (100, [7])])
def test_every_album_is_on_one_page(client: TestClient, tell: Told, limit: int, lengths: list[int]) -> None:
    tell("albums", numbered(7, ids_of(client)[:2]))
    pages = all_pages(client, "albums", "albums", limit)
    assert [len(page) for page in pages] == lengths
    assert [album["name"] for page in pages for album in page] == [f"album {number}" for number in range(7)]
    assert client.get("albums").json()["total"] == 7


@pytest.mark.parametrize(("limit", "lengths"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (9, [5])])
def test_every_photo_of_an_album_that_is_still_there_is_on_one_page(
    client: TestClient, tell: Told, limit: int, lengths: list[int]
) -> None:
    ids = ids_of(client)
    tell("albums", {"albums": [{"name": "all", "photos": ids}]})
    client.delete(f"photos/{ids[2]}")
    (album,) = client.get("albums", params={"photos": 2}).json()["albums"]
    assert ([photo["id"] for photo in album["photos"]], album["next"], album["count"]) == (ids[:2], ids[1], 6)
    pages = all_pages(client, f"albums/{album['id']}", "photos", limit)
    assert [len(page) for page in pages] == lengths
    assert [photo["id"] for page in pages for photo in page] == [*ids[:2], *ids[3:]]


def test_pages_are_of_one_finding_though_another_job_is_done_meanwhile(client: TestClient, tell: Told) -> None:
    ids = ids_of(client)
    tell("albums", numbered(3, ids[:2]))
    first = client.get("albums", params={"limit": 2}).json()
    tell("albums", {"albums": [{"name": "anew", "photos": ids[:3]}]})
    second = client.get("albums", params={"limit": 2, "after": first["next"]}).json()
    assert ([album["name"] for album in second["albums"]], second["total"]) == (["album 2"], 3)
    assert [album["name"] for album in client.get("albums").json()["albums"]] == ["anew"]
    assert len(client.get(f"albums/{first['albums'][0]['id']}").json()["photos"]) == 2


def test_an_album_of_which_one_photo_is_left_is_none(client: TestClient, tell: Told) -> None:
    ids = ids_of(client)
    tell("albums", {"albums": [{"name": "a", "photos": ids[:2]}, {"name": "b", "photos": ids[2:4]}]})
    client.delete(f"photos/{ids[0]}")
    pages = all_pages(client, "albums", "albums", 1)
    assert [[album["name"] for album in page] for page in pages] == [[], ["b"]]


def test_groups_have_the_best_first_and_each_pair_once(client: TestClient, tell: Told) -> None:
    ids = ids_of(client)[:5]
    pairs = [{"a": ids[number], "b": ids[3], "agreement": 0.9} for number in (0, 1, 2, 4)]
    copies = [{"photo": photo, "differs": [f"copy {photo}"], "could_go": True} for photo in ids if photo != ids[3]]
    tell("duplicates", {"groups": [{"photos": ids, "pairs": pairs, "kept": ids[3], "copies": copies}]})
    (group,) = client.get("duplicates", params={"photos": 2}).json()["groups"]
    assert (group["count"], group["kept"]) == (5, ids[3])
    pages = [group]
    while (after := pages[-1]["next"]) is not None:
        pages.append(client.get(f"duplicates/{group['id']}", params={"after": after, "limit": 2}).json())
    assert [photo["id"] for page in pages for photo in page["photos"]] == [ids[3], ids[0], ids[1], ids[2], ids[4]]
    assert [pair for page in pages for pair in page["pairs"]] == pairs
    assert [copy for page in pages for copy in page["copies"]] == copies
    client.delete(f"photos/{ids[3]}")
    left = client.get(f"duplicates/{group['id']}").json()
    assert (left["kept"], left["pairs"], left["copies"], len(left["photos"])) == (None, [], [], 4)


def test_what_was_never_found_is_told_so(client: TestClient, tell: Told) -> None:
    job = tell("albums", numbered(1, ids_of(client)[:2]))
    for path in (
        f"albums/{job.id}-1",  # there is only one
        f"duplicates/{job.id}-0",  # of another kind
        f"albums/{'0' * 16}-0",
        f"albums?after={'0' * 16}-0",
        f"albums/{job.id}-0?after=9999",
    ):
        assert client.get(path).status_code == 404, path
    for path in ("albums?after=1", "albums/x", "albums?limit=101", f"albums/{job.id}-0?after=0", "albums?photos=0"):
        assert client.get(path).status_code == 422, path
    assert client.get(f"albums?after={job.id}-0").json()["albums"] == []

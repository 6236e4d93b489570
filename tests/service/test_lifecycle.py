"""Jobs, tokens, restarts and several workers: on servers of their own."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from pathlib import Path

import httpx
import pytest
from much_work import COPIES, copy_many_times
from service_process import JOB_SECONDS, ServiceProcess, wait_for
from waiting import becomes

from glocal.collection import Collection
from glocal.service.access import TokenFile
from glocal.service.settings import Settings

WRITER, READER = "writer-token-0123456789", "reader-token-0123456789"


def opened(service: ServiceProcess, token: str = "") -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=f"{service.api}/", headers=headers, timeout=60)


@pytest.mark.slow
def test_a_life_of_photos_with_tokens(own_copy: Path, tmp_path: Path, example_photos: Path) -> None:
    """Add, follow, find, annotate, filter, remove; each with the access that it needs and no less."""
    roots = {"examples": example_photos}
    settings = Settings({"demo": own_copy}, tmp_path / "state", roots, token=WRITER, read_token=READER)
    books = (example_photos / "triple_books/books_02.jpg").read_bytes()
    files = {"photo": ("../../evil/Büch er.jpg", books)}
    with (
        ServiceProcess(settings, tmp_path / "log") as service,
        opened(service) as nobody,
        opened(service, READER) as reader,
        opened(service, WRITER) as writer,
    ):
        assert nobody.get("collections").status_code == 401
        assert nobody.get(service.url).status_code == 200
        assert nobody.get("session").json() == {"access": "none", "token_needed": True}
        assert reader.post("collections/demo/photos", files=files).status_code == 403
        assert reader.post("collections/demo/search", files=files).status_code == 200

        mixed = [("photo", files["photo"]), ("photo", ("notes.txt", b"no photo"))]
        taken = writer.post("collections/demo/photos", files=mixed).json()
        assert [one["name"] for one in taken["refused"]] == ["notes.txt"]
        job = taken["job"]
        assert wait_for(writer, job)["result"]["added"] == 1  # type: ignore[index]
        followed = writer.get(f"jobs/{job['id']}/events").text
        assert followed.count("event: job") == 1
        assert '"state":"done"' in followed
        (added,) = wait_for(writer, job)["result"]["photos"]  # type: ignore[index]
        assert writer.get(f"collections/demo/photos/{added}").json()["name"] == "Büch er.jpg"
        stored = list((tmp_path / "state").rglob("*.jpg"))
        assert [path.name for path in stored] == ["Büch er.jpg"]

        folder = {"root": "examples", "folder": "triple_books"}
        assert reader.post("collections/demo/folders", json=folder).status_code == 403
        done = wait_for(writer, writer.post("collections/demo/folders", json=folder).json())
        assert done["result"]["added"] == 3  # type: ignore[index]

        assert writer.put(f"collections/demo/photos/{added}/metadata", json={"shelf": 3}).json()["metadata"] == {
            "shelf": 3
        }
        view = {"view": f"photo:{added}", "where": '{"shelf": 3}'}
        assert [hit["photo"]["id"] for hit in reader.get("collections/demo/search", params=view).json()["hits"]] == [
            added
        ]

        assert reader.delete(f"collections/demo/photos/{added}").status_code == 403
        assert writer.delete(f"collections/demo/photos/{added}").json() == {"removed": 1}
        assert writer.delete(f"collections/demo/photos/{added}").status_code == 404
        assert stored[0].exists()
        assert WRITER not in (tmp_path / "log").read_text()


@pytest.mark.slow
def test_a_token_given_once_opens_a_session(own_copy: Path, tmp_path: Path) -> None:
    settings = Settings({"demo": own_copy}, tmp_path / "state", token=WRITER, read_token=READER)
    with ServiceProcess(settings, tmp_path / "log") as service, opened(service) as nobody:
        assert nobody.post("session", json={"token": "wrong-token-wrong-token"}).status_code == 401
        assert nobody.post("session", json={"token": READER}).json()["access"] == "read"
        assert "HttpOnly" in str(nobody.cookies.jar._cookies)  # type: ignore[attr-defined]
        assert nobody.get("collections").status_code == 200
        assert nobody.delete("collections/demo/photos/1").status_code == 403
        nobody.delete("session")
        assert nobody.get("collections").status_code == 401


@pytest.mark.slow
def test_accepted_photos_survive_a_kill(own_copy: Path, tmp_path: Path, example_photos: Path) -> None:
    settings = Settings({"demo": own_copy}, tmp_path / "state")
    photos = sorted((example_photos / "pixabay").glob("[d-h]*.jpg"))[:20]
    files = [("photo", (path.name, path.read_bytes())) for path in photos]
    with ServiceProcess(settings, tmp_path / "log") as service, opened(service) as client:
        job = client.post("collections/demo/photos", files=files).json()["job"]
        becomes(lambda: client.get(f"jobs/{job['id']}").json()["done"] >= 3, expected=True, seconds=JOB_SECONDS)
        service.kill()
    with ServiceProcess(settings, tmp_path / "log") as service, opened(service) as client:
        last = wait_for(client, job)
        assert last["state"] == "done"
        listed = client.get("collections/demo/photos", params={"limit": 500}).json()["photos"]
    assert {path.name for path in photos} <= {photo["name"] for photo in listed}
    with Collection.open(own_copy) as collection:
        assert collection.check().is_sound


@pytest.mark.slow
def test_stopping_and_cancelling_keep_what_is_done(own_copy: Path, tmp_path: Path, example_photos: Path) -> None:
    copy_many_times(example_photos / "pixabay", tmp_path / "many")
    settings = Settings({"demo": own_copy}, tmp_path / "state", {"examples": example_photos, "many": tmp_path / "many"})
    with ServiceProcess(settings, tmp_path / "log") as service, opened(service) as client:
        job = client.post("collections/demo/folders", json={"root": "many"}).json()
        becomes(lambda: client.get(f"jobs/{job['id']}").json()["done"] >= 3, expected=True, seconds=JOB_SECONDS)
    with ServiceProcess(settings, tmp_path / "log") as service, opened(service) as client:
        now = client.get(f"jobs/{job['id']}").json()
        assert now["state"] in ("queued", "running")
        assert client.delete(f"jobs/{job['id']}").json()["state"] == "cancelled"
        following = client.post("collections/demo/folders", json={"root": "examples", "folder": "triple_books"}).json()
        assert wait_for(client, following)["state"] == "done"  # so that nothing of the first is still on its way
        assert 6 + 3 + 3 <= client.get("collections/demo").json()["photos"] < 6 + 55 * COPIES + 3


@pytest.mark.slow
def test_several_workers_share_collection_and_jobs(own_copy: Path, tmp_path: Path, example_photos: Path) -> None:
    settings = Settings({"demo": own_copy}, tmp_path / "state", {"examples": example_photos}, workers=2)
    with ServiceProcess(settings, tmp_path / "log") as service, opened(service) as client:
        jobs = [
            client.post("collections/demo/folders", json={"root": "examples", "folder": folder}).json()
            for folder in ("triple_books", "stitch_cave", "triple_skull")
        ]
        failures: list[int] = []
        over = threading.Event()

        def search() -> None:
            while not over.is_set():
                answer = httpx.get(f"{service.api}/collections/demo/search", params={"view": "photo:1"}, timeout=60)
                if answer.status_code != 200:
                    failures.append(answer.status_code)

        threads = [threading.Thread(target=search) for _ in range(4)]
        for thread in threads:
            thread.start()
        results = [wait_for(client, job) for job in jobs]
        over.set()
        for thread in threads:
            thread.join()
        assert [result["result"]["added"] for result in results] == [3, 2, 3]  # type: ignore[index]
        assert failures == []
        for _ in range(6):  # whichever worker answers
            fresh = httpx.get(f"{service.api}/collections/demo", timeout=60).json()
            assert fresh["photos"] == 14


@pytest.mark.slow
def test_more_than_can_be_done_is_answered_later(own_copy: Path, tmp_path: Path) -> None:
    settings = Settings({"demo": own_copy}, tmp_path / "state", slots=1, waiting=2)
    answers: list[httpx.Response] = []
    with ServiceProcess(settings, tmp_path / "log") as service:

        def ask(number: int) -> None:
            params = {"view": "photo:1", "region": f"0,0,{100 + number},100"}  # none of them remembered
            answers.append(httpx.get(f"{service.api}/collections/demo/search", params=params, timeout=60))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    codes = [answer.status_code for answer in answers]
    assert set(codes) == {200, 429}
    assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status_code == 429)


@pytest.mark.slow
def test_a_client_that_falls_silent_is_let_go(own_copy: Path, tmp_path: Path) -> None:
    settings = Settings({"demo": own_copy}, tmp_path / "state", body_seconds=1)
    with ServiceProcess(settings, tmp_path / "log") as service:
        with socket.create_connection(("127.0.0.1", service.settings.port), timeout=20) as raw:
            head = "POST /api/v1/queries HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
            raw.sendall(f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n".encode())
            answer = b"".join(iter(lambda: raw.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.slow
def test_duplicates_are_found_by_a_job(own_copy: Path, tmp_path: Path, indexed: Path) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    shutil.copy(indexed / "photos/pixabay/car01.jpg", copies / "again.jpg")
    settings = Settings({"demo": own_copy}, tmp_path / "state", {"copies": copies})
    with ServiceProcess(settings, tmp_path / "log") as service, opened(service) as client:
        assert client.get("collections/demo/duplicates").json() == {
            "groups": [],
            "total": 0,
            "next": None,
            "known": False,
            "stale": True,
            "job": None,
        }
        wait_for(client, client.post("collections/demo/folders", json={"root": "copies"}).json())
        first, second = (client.post("collections/demo/duplicates").json() for _ in range(2))
        assert wait_for(client, first)["state"] == "done"
        assert second["id"] == first["id"]
        answer = client.get("collections/demo/duplicates").json()
        assert [sorted(photo["name"] for photo in group["photos"]) for group in answer["groups"]] == [
            ["copies/again.jpg", "pixabay/car01.jpg"]
        ]
        (group,) = answer["groups"]
        (copy,) = group["copies"]
        assert {group["kept"], copy["photo"]} == {photo["id"] for photo in group["photos"]}
        assert copy["could_go"]
        assert not answer["stale"]
        client.put("collections/demo/photos/1/metadata", json={})
        client.delete("collections/demo/photos/1")
        assert client.get("collections/demo/duplicates").json()["stale"]


@pytest.mark.slow
def test_named_tokens_are_limited_and_their_changes_are_logged(own_copy: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    writer, reader = TokenFile(state).add("anna", "write"), TokenFile(state).add("ben", "read", per_minute=5)
    with ServiceProcess(Settings({"demo": own_copy}, state), tmp_path / "log") as service:
        with opened(service, writer) as client:
            client.put("collections/demo/photos/1/metadata", json={"place": "here"})
            assert client.get("collections/demo/photos/1").status_code == 200
        with opened(service, reader) as client:
            answers = [client.get("collections") for _ in range(7)]
            assert client.delete("collections/demo/photos/1").status_code in (403, 429)
        TokenFile(state).revoke("ben")
        with opened(service, reader) as client:
            assert client.get("collections").status_code == 401
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 12
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    (change,) = [line for line in lines if line["event"] == "change"]
    assert (change["by"], change["address"], change["method"], change["photo"]) == ("anna", "127.0.0.1", "PUT", "1")
    assert "here" not in json.dumps(change)

"""A sharded collection over REST: `glocal cluster serve`, and `glocal serve` without other processes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from example_photos import EXAMPLES
from process_tree import LOOPBACK, listening, searchers, started_by
from waiting import becomes

from glocal.cluster import Cluster, Layout, publish
from glocal.collection import Collection, Ranking
from glocal.images import Address

httpx = pytest.importorskip("httpx")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("fastapi") is None, reason="the service needs the [serve] extra"),
]
serving_shards = pytest.mark.skipif(
    find_spec("ray") is None or not Path("/proc/self/task").exists(),
    reason="serving shards needs the [cluster] extra; processes are found by Linux's /proc",
)

QUERY = EXAMPLES / "triple_skull" / "skull_01.jpg"
DOWN = 1
OVER = ("done", "failed", "cancelled")
START_SECONDS, STOP_SECONDS, RESTART_SECONDS = 400, 120, 400
"""Ray starts a dozen processes, which take a minute or more on a machine that does other work too."""

GLOCAL = (sys.executable, "-c", "from glocal.cli import main; main()")

ENDED = (-signal.SIGTERM, signal.SIGTERM)
"""By the signal, as uvicorn ends; with its number, as Ray does after it has ended its processes."""


@dataclass(frozen=True)
class Served:
    """A running command and a client of its one collection."""

    process: int
    client: Any

    def search(self, query: Path = QUERY) -> Any:
        with query.open("rb") as photo:
            answer = self.client.post("search", params={"top": 20}, files={"photo": photo})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def photos(self) -> Any:
        return self.client.get("photos", params={"limit": 500}).json()["photos"]

    def done(self, what: str, **request: Any) -> Any:
        """Begin a job, wait until it is over, and return its result."""
        begun = self.client.post(what, **request)
        assert begun.status_code == 202, begun.text
        job = begun.json().get("job") or begun.json()
        url = str(self.client.base_url).partition("collections/")[0]
        becomes(lambda: self.client.get(f"{url}jobs/{job['id']}").json()["state"] in OVER, True, START_SECONDS)
        ended = self.client.get(f"{url}jobs/{job['id']}").json()
        assert ended["state"] == "done", ended
        return ended["result"]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}


@contextmanager
def serving(log: Path, *command: object, name: str = "root") -> Iterator[Served]:
    """Run a command that serves a collection of that name, and end it as an operator does."""
    run = [*GLOCAL, *map(str, command), "--port", "0"]
    with log.open("wb") as out, subprocess.Popen(run, env=environment(), stdout=out, stderr=out) as process:
        try:
            with httpx.Client(base_url=_address(log, process, name), timeout=START_SECONDS) as client:
                yield Served(process.pid, client)
                process.send_signal(signal.SIGTERM)
                assert process.wait(STOP_SECONDS) in ENDED, log.read_text()
        finally:
            process.kill()


def _address(log: Path, process: subprocess.Popen[bytes], name: str) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if (found := re.search(r"http://[\d.:]+/", log.read_text())) and _is_ready(found[0]):
            return f"{found[0]}api/v1/collections/{name}/"
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def _is_ready(url: str) -> bool:
    try:
        return bool(httpx.get(f"{url}ready").status_code == 200)
    except httpx.TransportError:
        return False


def named(path: Path) -> str:
    """Return the name by which the service tells of a photo."""
    return f"{path.parent.name}/{path.name}"


def assert_as_expected(answer: Any, expected: Ranking) -> None:
    """The hits of an answer are those of a collection."""
    said = [{"name": named(hit.path), **hit.to_dict()} for hit in expected]
    found = [{"name": hit["photo"]["name"], **hit} for hit in answer["hits"]]
    for name in ("name", "inliers", "correspondences", "proved", "verdict", "transform"):
        assert [hit[name] for hit in found] == [hit[name] for hit in said]
    for name in ("similarity", "probability"):
        assert [hit[name] for hit in found] == pytest.approx([hit[name] for hit in said], abs=1e-4)


def test_one_process_serves_shards_and_changes_them(folder: Path, examples: Collection, tmp_path: Path) -> None:
    root, new = shutil.copytree(folder / "root", tmp_path / "root"), EXAMPLES / "triple_chicken"
    expected = examples.search(QUERY, top=20)
    command = ("serve", "-c", root, "--state", tmp_path / "state", "--allow", f"new={new}")
    with serving(tmp_path / "log", *command) as served:
        answer = served.search()
        assert_as_expected(answer, expected)
        assert (answer["searched"], answer["missing_shards"]) == (len(examples), [])
        page = served.photos()
        assert [photo["name"] for photo in page] == [named(photo.path) for photo in examples.photos()]
        first = page[0]["id"]
        assert served.client.get(f"photos/{first}/picture", params={"size": 320}).status_code == 200
        metadata = {"place": "a shelf"}
        assert served.client.put(f"photos/{first}/metadata", json=metadata).json()["metadata"] == metadata

        added = served.done("folders", json={"root": "new"})
        files = {named(path) for path in new.glob("*.jpg")}
        assert added["added"] == len(added["photos"]) == len(files)
        sent = served.done("photos", files={"photo": ("sent.jpg", QUERY.read_bytes() + b"!")})
        assert sent["added"] == 1
        assert {photo["name"] for photo in served.photos()} - {photo["name"] for photo in page} == files | {"sent.jpg"}
        assert_same_groups(served)
        assert served.client.delete(f"photos/{sent['photos'][0]}").json() == {"removed": 1}
        assert "sent.jpg" not in {photo["name"] for photo in served.photos()}
        hits = served.search(next(iter(new.glob("*.jpg"))))["hits"]
        assert {hit["photo"]["name"] for hit in hits if hit["proved"]} == files


def assert_same_groups(served: Served) -> None:
    """A sent copy is found as such, and albums hold the photos of one thing each, whichever shards they lie in."""
    served.done("duplicates")
    copies = [
        [photo["name"] for photo in group["photos"]] for group in served.client.get("duplicates").json()["groups"]
    ]
    assert sorted([named(QUERY), "sent.jpg"]) in map(sorted, copies)
    served.done("albums")
    albums = served.client.get("albums").json()["albums"]
    things = [{photo["name"].partition("/")[0] for photo in album["photos"]} - {"sent.jpg"} for album in albums]
    assert {"triple_chicken"} in things
    assert all(len(thing) == 1 for thing in things)


@serving_shards
def test_processes_serve_shards_and_come_back(folder: Path, examples: Collection, tmp_path: Path) -> None:
    expected = examples.search(QUERY, top=20)
    with Cluster.open(folder / "root") as cluster:
        there = {named(photo.path) for photo in cluster.shards[DOWN].photos()}
    with serving(tmp_path / "log", "cluster", "serve", folder / "root", "--state", tmp_path / "state") as served:
        assert_as_expected(served.search(), expected)
        addresses = listening({served.process, *started_by(served.process)})
        assert addresses
        assert addresses <= LOOPBACK
        (killed,) = searchers(served.process, DOWN)
        os.kill(killed, signal.SIGKILL)
        answer = served.search()
        assert answer["missing_shards"] in ([], [f"shard-{DOWN:05}"])
        assert bool(answer["missing_shards"]) != bool({hit["photo"]["name"] for hit in answer["hits"]} & there)
        becomes(lambda: served.search()["missing_shards"], [], RESTART_SECONDS)
        assert_as_expected(served.search(), expected)


@serving_shards
def test_what_comes_and_goes_while_shards_are_served_is_seen(folder: Path, tmp_path: Path) -> None:
    root, new = shutil.copytree(folder / "root", tmp_path / "root"), sorted((EXAMPLES / "triple_chicken").glob("*.jpg"))

    def run(*command: object) -> None:
        arguments = [*GLOCAL, *map(str, command)]
        subprocess.run(arguments, env=environment(), check=True, capture_output=True, timeout=START_SECONDS)

    with serving(tmp_path / "log", "cluster", "serve", root, "--state", tmp_path / "state") as served:
        before = served.search(new[0])
        assert not any(hit["proved"] for hit in before["hits"])
        run("cluster", "index", *new, "--out", root)
        after = served.search(new[0])
        assert after["searched"] == before["searched"] + len(new)
        assert {hit["photo"]["name"] for hit in after["hits"] if hit["proved"]} == {named(path) for path in new}
        run("remove", *new, "--collection", root)
        assert [hit["photo"] for hit in served.search(new[0])["hits"]] == [hit["photo"] for hit in before["hits"]]
        sent = served.done("photos", files={"photo": ("sent.jpg", new[0].read_bytes() + b"!")})
        assert [hit["photo"]["name"] for hit in served.search(new[0])["hits"] if hit["proved"]] == ["sent.jpg"]
        assert served.client.delete(f"photos/{sent['photos'][0]}").status_code == 200
        assert [hit["photo"] for hit in served.search(new[0])["hits"]] == [hit["photo"] for hit in before["hits"]]


@serving_shards
def test_the_demo_answers_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as short:  # Ray's sockets lie in it, whose paths may have 107 bytes
        monkeypatch.setenv("TMPDIR", short)
        command = ("cluster", "demo", QUERY.parent, "--shards", "2")
        with serving(tmp_path / "log", *command, name="demo") as served:
            hits = served.search()["hits"]
            processes = list(started_by(served.process))
            assert any(Path(short).glob("glocal-demo-*/demo/shard-00001"))
        assert {hit["photo"]["name"] for hit in hits if hit["proved"]} == {
            named(path) for path in QUERY.parent.glob("*.jpg")
        }
        becomes(lambda: [number for number in processes if Path(f"/proc/{number}").exists()], [])
        assert not any(Path(short).glob("glocal-*"))


@serving_shards
def test_shards_are_served_from_a_store_and_changed_elsewhere(
    folder: Path, examples: Collection, bucket: str, tmp_path: Path
) -> None:
    address, root = f"s3://{bucket}/root", tmp_path / "root"
    publish(folder / "root", Address(address))
    with serving(tmp_path / "log", "cluster", "serve", root, "--from", address) as served:
        assert_as_expected(served.search(), examples.search(QUERY, top=20))
        first = served.photos()[0]["id"]
        refused = [
            served.client.delete(f"photos/{first}"),
            served.client.put(f"photos/{first}/metadata", json={"place": "here"}),
            served.client.post("photos", files={"photo": QUERY.read_bytes()}),
        ]
        assert [one.status_code for one in refused] == [422, 422, 422]
        assert all("This is a copy of a published collection" in one.json()["detail"] for one in refused)
        itself = str(served.client.base_url).rstrip("/")
        assert served.client.get(itself).json()["changeable"] is False
    assert Layout.exists(root)

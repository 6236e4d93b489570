"""The table of jobs: nothing accepted is lost, nothing is done by two."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from glocal.service.jobs import job_table as table_module
from glocal.service.jobs.job_table import Job, JobTable
from glocal.service.problems import Problem


@pytest.fixture
def table(tmp_path: Path) -> JobTable:
    return JobTable(tmp_path / "jobs.sqlite")


def test_jobs_are_done_in_order_one_of_a_kind_at_a_time(table: JobTable) -> None:
    first, second = table.put("demo", "add", {"files": ["a"]}), table.put("demo", "add", {})
    other = table.put("demo", "duplicates", {})
    claimed = table.claim("add", "me")
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.request) == (first.id, "running", {"files": ["a"]})
    assert table.claim("add", "you") is None
    of_other_kind = table.claim("duplicates", "you")
    assert of_other_kind is not None
    assert of_other_kind.id == other.id
    table.finish(claimed, "me", "done", {"added": 1})
    following = table.claim("add", "you")
    assert following is not None
    assert following.id == second.id


@pytest.mark.parametrize("name", ["albums", "groups"])
def test_what_a_job_found_is_read_by_itself(table: JobTable, name: str) -> None:
    """Who looks at the jobs again and again, as the page does, is not sent all albums each time."""
    table.put("demo", "albums", {})
    job = table.claim("albums", "me")
    assert job is not None
    entries = [{"name": "caf\udce9", "photos": [3, 1]}, {"name": "b", "photos": []}]
    table.finish(job, "me", "done", {"generation": 5, name: entries})
    for one in (table.get(job.id), table.latest(1)[0], table.last_done("demo", "albums")):
        assert one is not None
        assert one.result == {"generation": 5}
        assert table.found(one, name, 0, 9) == entries
        assert table.found(one, name, 1, 9) == entries[1:]
        assert table.found(one, name, 0, 1) == entries[:1]
        assert table.found_count(one, name) == 2


def test_jobs_outlive_the_process_that_accepted_them(tmp_path: Path) -> None:
    job = JobTable(tmp_path / "jobs.sqlite").put("demo", "add", {"x": 1})
    again = JobTable(tmp_path / "jobs.sqlite")
    assert again.get(job.id) == job
    assert again.claim("add", "new") is not None


def test_the_job_of_a_dead_worker_goes_to_another(table: JobTable, monkeypatch: pytest.MonkeyPatch) -> None:
    job = table.put("demo", "add", {})
    dead = table.claim("add", "dead")
    assert dead is not None
    assert table.claim("add", "alive") is None
    assert table.renew(dead, "dead")
    monkeypatch.setattr(table_module, "SILENT_SECONDS", 0.0)
    assert table.claim("add", "alive") is None  # there was a sign of life since it looked last
    taken = table.claim("add", "alive")
    assert taken is not None
    assert taken.id == job.id
    assert not table.progress(dead, "dead", 1, 2)
    table.finish(dead, "dead", "failed", None)
    assert table.progress(taken, "alive", 1, 2)
    now = table.get(job.id)
    assert now is not None
    assert (now.state, now.done, now.total) == ("running", 1, 2)


@pytest.mark.parametrize("day", [-86_400.0, 86_400.0])
def test_a_clock_that_is_set_changes_no_owner(table: JobTable, day: float, monkeypatch: pytest.MonkeyPatch) -> None:
    table.put("demo", "add", {})
    job = table.claim("add", "me")
    assert job is not None
    assert table.claim("add", "you") is None
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + day)
    assert table.claim("add", "you") is None
    assert table.renew(job, "me")
    table.finish(job, "me", "done", None)
    table.put("demo", "add", {})
    assert table.claim("add", "you") is not None


def test_of_workers_that_find_a_dead_one_s_job_one_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "SILENT_SECONDS", 0.0)
    tables = [JobTable(tmp_path / "jobs.sqlite") for _ in range(6)]
    tables[0].put("demo", "add", {})
    assert tables[0].claim("add", "dead") is not None
    assert [table.claim("add", "looking") for table in tables] == [None] * 6
    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(lambda number: tables[number].claim("add", str(number)), range(6)))
    assert sum(job is not None for job in taken) == 1


def test_too_many_waiting_jobs_are_refused(table: JobTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "MOST_WAITING", 2)
    for _ in range(2):
        table.put("demo", "add", {})
    with pytest.raises(Problem, match="Too many jobs are waiting") as caught:
        table.put("demo", "add", {})
    assert caught.value.status_code == 429


def test_a_cancelled_job_stays_cancelled(table: JobTable) -> None:
    job = table.put("demo", "add", {})
    claimed = table.claim("add", "me")
    assert claimed is not None
    table.cancel(job.id)
    assert not table.renew(claimed, "me")
    table.finish(claimed, "me", "queued", None)
    now = table.get(job.id)
    assert now is not None
    assert now.state == "cancelled"
    assert table.claim("add", "me") is None


def test_many_workers_share_the_jobs_out(table: JobTable) -> None:
    for number in range(20):
        table.put("demo", "add", {"number": number})
    done: list[Job] = []

    def worker(name: str) -> None:
        while table.waiting():
            job = table.claim("add", name)
            if job is not None:
                done.append(job)
                table.finish(job, name, "done", None)

    threads = [threading.Thread(target=worker, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(job.request["number"] for job in done) == list(range(20))


def test_old_jobs_are_forgotten_and_waiting_ones_are_not(table: JobTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "KEPT", 3)
    waiting = table.put("demo", "duplicates", {})
    for _ in range(6):
        table.put("demo", "add", {})
        job = table.claim("add", "me")
        assert job is not None
        table.finish(job, "me", "done", None)
    table.put("demo", "add", {})
    assert table.get(waiting.id) is not None
    assert len(table.latest(50)) == 4  # those waiting, and two of the last three numbers

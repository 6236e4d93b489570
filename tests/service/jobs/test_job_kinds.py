"""Jobs say how far they are, and end when they are told to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from glocal.service.jobs.job_kinds import work
from glocal.service.jobs.job_table import Job, JobTable
from glocal.service.served_collection import ServedCollection
from glocal.service.settings import Settings


class CancelledError(Exception):
    pass


@pytest.fixture
def served(own_copy: Path, tmp_path: Path, indexed: Path) -> Iterator[ServedCollection]:
    served = ServedCollection("demo", own_copy)
    shutil.copy(indexed / "photos/pixabay/car01.jpg", tmp_path / "again.jpg")
    served.collection.add(tmp_path / "again.jpg")
    yield served
    served.collection.close()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return JobTable(tmp_path / "jobs.sqlite").put("demo", "duplicates", {})


def test_looking_for_duplicates_tells_every_step(served: ServedCollection, job: Job, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    settings = Settings({"demo": served.collection.directory}, tmp_path / "state")
    result = work(job, served, settings, lambda _, done, total: told.append((done, total)))
    assert told == [(step, 12) for step in range(1, 13)]  # six pictures: as they are, and turned
    names = [{served.collection.photo(one).path.name for one in group["photos"]} for group in result["groups"]]
    assert names == [{"car01.jpg", "again.jpg"}]
    (pair,) = result["groups"][0]["pairs"]
    assert {pair["a"], pair["b"]} == set(result["groups"][0]["photos"])


def test_looking_for_duplicates_ends_when_it_is_told_to(served: ServedCollection, job: Job, tmp_path: Path) -> None:
    told: list[int] = []

    def cancel_at_the_third(_stage: str, done: int, _total: int | None) -> None:
        told.append(done)
        if done == 3:
            raise CancelledError

    settings = Settings({"demo": served.collection.directory}, tmp_path / "state")
    with pytest.raises(CancelledError):
        work(job, served, settings, cancel_at_the_third)
    assert told == [1, 2, 3]
    assert len(served.collection) == 7


def test_adding_a_folder_says_what_it_did_not_take(served: ServedCollection, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "new").mkdir(parents=True)
    shutil.copy(tmp_path / "again.jpg", inbox / "new/once_more.jpg")
    (inbox / "film.mov").write_bytes(b"film")
    (inbox / "linked.jpg").symlink_to("nothing.jpg")
    job = JobTable(tmp_path / "jobs.sqlite").put("demo", "add", {"root": "inbox", "folder": "/"})
    settings = Settings({"demo": served.collection.directory}, tmp_path / "state", roots={"inbox": inbox})
    result = work(job, served, settings, lambda _, done, total: None)
    assert (result["added"], result["passed_over"]) == (1, "passed over: 1 file that glocal does not read (1 .mov)")
    assert [one["name"] for one in result["unreadable"]] == ["linked.jpg"]
    assert result["unreadable_count"] == 1

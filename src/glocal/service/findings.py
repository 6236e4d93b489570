"""What jobs have found, page by page: each page of the same job, though another is done meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path, Query, Response

from glocal.collection import PhotoRecord
from glocal.service.answers import job_answer
from glocal.service.found_responses import FoundAnswer
from glocal.service.jobs import Job, Kind
from glocal.service.problems import Problem
from glocal.service.responses import JobAnswer
from glocal.service.served_collection import ServedCollection
from glocal.service.worker_state import State

_FORM = r"^[0-9a-f]{16}-\d{1,9}$"
_PHOTOS = 30

EntryId = Annotated[str, Path(pattern=_FORM, description="Its id in the list.")]
AfterEntry = Annotated[str | None, Query(pattern=_FORM, description="The `next` of the page before.")]
AfterPhoto = Annotated[int | None, Query(ge=1, le=2**53, description="Id of the last photo of the page before.")]
Entries = Annotated[int, Query(ge=1, le=100, description="Most that are listed.")]
Photos = Annotated[int, Query(ge=1, le=500, description="Most photos of each that are listed.")]
FEW_ENTRIES: Entries = 20
FEW_PHOTOS: Photos = _PHOTOS


@dataclass(frozen=True)
class Finding:
    """A page of what a job of a kind has found in a collection.

    Attributes:
        entries: what it found, as JSON, by the id of each.
        total: how many it found in all.
        next: the last id, if there are more.
        known: whether there was such a job.
        stale: whether the collection has changed since.
        job: the one that is looking now.
    """

    entries: Mapping[str, Any]
    total: int
    next: str | None
    known: bool
    stale: bool
    job: JobAnswer | None

    @property
    def facts(self) -> dict[str, Any]:
        """All but the entries, as `FoundAnswer` has it."""
        names = ("total", "next", "known", "stale", "job")
        return {name: getattr(self, name) for name in names}


def finding_of(state: State, served: ServedCollection, kind: Kind, name: str, after: str | None, limit: int) -> Finding:
    """Return a page of what jobs of a kind have found, which their results have under a name.

    Args:
        state: with the jobs.
        served: the collection.
        kind: of the jobs.
        name: of the list in their results.
        after: the last id of the page before; None: the first page, of the last job that is done.
        limit: most entries.

    Raises:
        Problem: the job that found the page before is no longer known (404).
    """
    running = state.jobs.unfinished(served.name, kind)
    job = None if running is None else job_answer(running)
    if after is None:
        done, first = state.jobs.last_done(served.name, kind), 0
    else:
        done, position = _named(state, served, kind, after)
        first = position + 1
    if done is None:
        return Finding({}, 0, None, known=False, stale=True, job=job)
    total = state.jobs.found_count(done, name)
    found = state.jobs.found(done, name, first, limit)
    entries = {f"{done.id}-{first + offset}": entry for offset, entry in enumerate(found)}
    following = f"{done.id}-{first + len(found) - 1}" if first + len(found) < total else None
    stale = done.result["generation"] != served.collection.counts().generation
    return Finding(entries, total, following, known=True, stale=stale, job=job)


def entry_of(state: State, served: ServedCollection, kind: Kind, name: str, identity: str) -> Any:
    """Return one thing that a job has found, as JSON.

    Raises:
        Problem: there is no such (404).
    """
    done, position = _named(state, served, kind, identity)
    found = state.jobs.found(done, name, position, 1)
    if not found:
        raise _unknown()
    return found[0]


def present(
    served: ServedCollection, photos: Sequence[int], after: int | None, limit: int
) -> tuple[list[PhotoRecord], int | None]:
    """Return a page of photos that were found, without those that are gone since, and the last id if there are more.

    Args:
        served: the collection.
        photos: ids of all that were found.
        after: id of the last photo of the page before; None: the first page.
        limit: most photos.

    Raises:
        Problem: that photo is not among them (404).
    """
    if after is not None and after not in photos:
        raise Problem(404, "There is no such photo among those found.")
    left = photos if after is None else photos[photos.index(after) + 1 :]
    there: list[PhotoRecord] = []
    for start in range(0, len(left), limit + 1):
        some = left[start : start + limit + 1]
        records = served.collection.photos_with_ids(some)
        there += [records[photo] for photo in some if photo in records]
        if len(there) > limit:
            return there[:limit], there[limit - 1].id
    return there, None


def written(answer: FoundAnswer, long: str) -> Response:
    """Write an answer of which one list may be long, entry by entry: while one is written, nobody else runs Python.

    Args:
        answer: of a route that runs in a thread.
        long: the name of the list.
    """
    entries = ",".join(entry.model_dump_json() for entry in getattr(answer, long))
    return Response(
        f'{{"{long}":[{entries}],{answer.model_dump_json(exclude={long})[1:]}', media_type="application/json"
    )


def _named(state: State, served: ServedCollection, kind: Kind, identity: str) -> tuple[Job, int]:
    """Return the job that an id names, and the position in its list."""
    job, _, position = identity.partition("-")
    done = state.jobs.get(job)
    if done is None or (done.collection, done.kind, done.state) != (served.name, kind, "done"):
        raise _unknown()
    return done, int(position)


def _unknown() -> Problem:
    return Problem(404, "What was found then is no longer known; begin with the first page.")

"""Looking after collections, with an admin's token: check, repair, back up, compact. Each is a job; searches go on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from glocal.service.answers import job_answer
from glocal.service.parameters import CollectionNow, StateNow
from glocal.service.responses import JobAnswer
from glocal.service.served_collection import ServedCollection
from glocal.service.worker_state import State

router = APIRouter(prefix="/admin/collections/{collection}", tags=["maintenance"])


@router.post("/check", status_code=202)
def check_collection(
    state: StateNow,
    served: CollectionNow,
    files: Annotated[bool, Query(description="Also read all photos' files, and compare them.")] = False,
) -> JobAnswer:
    """Read a whole collection and compare every row and file of it with its digest, as a job."""
    return _begin(state, served, {"task": "check", "files": files})


@router.post("/repair", status_code=202)
def repair(state: StateNow, served: CollectionNow) -> JobAnswer:
    """Bring back what is damaged of a collection, as a job; `lost_count` of its result says how much is gone."""
    return _begin(state, served, {"task": "repair"})


@router.post("/backup", status_code=202)
def back_up_collection(state: StateNow, served: CollectionNow) -> JobAnswer:
    """Copy the collection into `backups/NAME` of the service's state folder, as a job; a backup there is replaced."""
    return _begin(state, served, {"task": "backup"})


@router.post("/compact", status_code=202)
def compact_collection(state: StateNow, served: CollectionNow) -> JobAnswer:
    """Give back the disk space that removed photos took, as a job."""
    return _begin(state, served, {"task": "compact"})


def _begin(state: State, served: ServedCollection, request: dict[str, Any]) -> JobAnswer:
    return job_answer(state.begin(served, "maintenance", request))

"""Values of the collection as answers of the API."""

from __future__ import annotations

from collections.abc import Sequence

from glocal.collection import PhotoRecord
from glocal.service.jobs.job_table import Job
from glocal.service.responses import CollectionAnswer, HitAnswer, JobAnswer, PhotoAnswer
from glocal.service.searching import Found
from glocal.service.served_collection import Shelf
from glocal.service.worker_state import State


def photo_answer(state: State, record: PhotoRecord) -> PhotoAnswer:
    """Describe a photo. Of its path, which tells of the server's disk, only the end is shown."""
    path = record.path
    is_added = path.is_relative_to(state.added)
    name = path.name if is_added else f"{path.parent.name}/{path.name}"
    version = (record.file.content_hash or b"").hex()[:16]
    return PhotoAnswer(
        id=record.id,
        name=name.encode("utf-8", "replace").decode(),
        width=record.width,
        height=record.height,
        searchable=record.indexed,
        reason=record.reason,
        metadata=dict(record.metadata),
        version=version,
    )


def hit_answers(state: State, shelf: Shelf, found: Sequence[Found]) -> list[HitAnswer]:
    """Describe hits; those whose photo was removed a moment ago are left out."""
    records = shelf.known([one.id for one in found])
    return [_hit(state, records[one.id], one) for one in found if one.id in records]


def job_answer(job: Job) -> JobAnswer:
    """Describe a job; where its files are is nobody's business."""
    return JobAnswer(
        id=job.id,
        collection=job.collection,
        kind=job.kind,
        state=job.state,
        done=job.done,
        total=job.total,
        result=job.result,
        created=job.created,
        updated=job.updated,
    )


def collection_answer(shelf: Shelf) -> CollectionAnswer:
    """Describe a collection."""
    photos, unreadable, generation = shelf.counts()
    return CollectionAnswer(
        name=shelf.name,
        photos=photos,
        unreadable=unreadable,
        generation=generation,
        model=shelf.model.card.name,
        preset=shelf.model.preset.name,
    )


def _hit(state: State, record: PhotoRecord, found: Found) -> HitAnswer:
    hit = found.hit
    return HitAnswer(
        photo=photo_answer(state, record),
        similarity=hit.similarity,
        inliers=hit.inliers,
        correspondences=hit.correspondences,
        probability=hit.probability,
        proved=hit.proved,
        transform=None if hit.transform is None else hit.transform.tolist(),
        view=hit.view,
    )

"""Values of the collection as answers of the API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glocal.agreement import AgreeingArea
from glocal.arrays import Mask
from glocal.collection import Hit, PhotoRecord
from glocal.service.jobs import Job
from glocal.service.responses import AgreementAnswer, CollectionAnswer, HitAnswer, JobAnswer, PhotoAnswer
from glocal.service.served_collection import ServedCollection
from glocal.service.worker_state import State


def photo_answer(state: State, record: PhotoRecord) -> PhotoAnswer:
    """Describe a photo. Of its path, which tells of the server's disk, only the end is shown."""
    path = record.path
    is_added = path.is_relative_to(state.added)
    name = path.name if is_added else f"{path.parent.name}/{path.name}"
    folder = "" if is_added else folder_name(path.parent)
    version = (record.file.content_hash or b"").hex()[:16]
    return PhotoAnswer(
        id=record.id,
        name=name.encode("utf-8", "replace").decode(),
        folder=folder,
        width=record.width,
        height=record.height,
        searchable=record.indexed,
        reason=record.reason,
        metadata=dict(record.metadata),
        exif=dict(record.exif or {}),
        version=version,
    )


def folder_name(folder: Path) -> str:
    """Return what a folder is called: its name and that of the folder it is in."""
    return f"{folder.parent.name}/{folder.name}".lstrip("/").encode("utf-8", "replace").decode()


def hit_answers(state: State, served: ServedCollection, hits: Sequence[Hit]) -> list[HitAnswer]:
    """Describe hits; those whose photo was removed a moment ago are left out."""
    records = served.collection.photos_with_ids([hit.photo for hit in hits])
    return [_hit(state, records[hit.photo], hit) for hit in hits if hit.photo in records]


def agreement_answer(area: AgreeingArea | None) -> AgreementAnswer | None:
    """Describe where two photos agree; None if it is not known."""
    if area is None:
        return None
    return AgreementAnswer(query_share=area.query_share, photo_share=area.photo_share)


def mask_answer(mask: Mask) -> list[str]:
    """Write a mask [R, C] as rows of 0 and 1."""
    return ["".join("1" if cell else "0" for cell in row) for row in mask.tolist()]


def job_answer(job: Job) -> JobAnswer:
    """Describe a job; where its files are is nobody's business."""
    return JobAnswer(
        id=job.id,
        collection=job.collection,
        kind=job.kind,
        what=_what(job),
        state=job.state,
        done=job.done,
        total=job.total,
        result=_in_utf8(job.result),
        created=job.created,
        updated=job.updated,
    )


def _what(job: Job) -> str:
    """Say what a job is about, as its client asked for it."""
    if "task" in job.request:
        return str(job.request["task"])
    if "root" in job.request:
        return "/".join(part for part in (job.request["root"], job.request["folder"].strip("/")) if part)
    count = len(job.request.get("files", ()))
    return f"{count} photo{'s' if count > 1 else ''}" if count else ""


def _in_utf8(result: Any) -> Any:
    """Return a result whose names of files are valid text: what no encoding holds becomes a question mark."""
    return json.loads(json.dumps(result, ensure_ascii=False).encode("utf-8", "replace"))


def collection_answer(served: ServedCollection) -> CollectionAnswer:
    """Describe a collection."""
    counts, model = served.collection.counts(), served.collection.model
    return CollectionAnswer(
        name=served.name,
        photos=counts.photos,
        unreadable=counts.unreadable,
        damaged=served.damaged,
        generation=counts.generation,
        model=model.card.name,
        preset=model.preset.name,
        changeable=served.is_changeable,
    )


def _hit(state: State, record: PhotoRecord, hit: Hit) -> HitAnswer:
    return HitAnswer(
        photo=photo_answer(state, record),
        similarity=hit.similarity,
        inliers=hit.inliers,
        correspondences=hit.correspondences,
        probability=hit.probability,
        proved=hit.proved,
        verdict=hit.verdict,
        agreement=agreement_answer(hit.agreement),
        transform=None if hit.transform is None else hit.transform.tolist(),
        view=hit.view,
        witness=None if hit.witness is None else hit.witness.photo,
        by_keypoints=hit.by_keypoints,
    )

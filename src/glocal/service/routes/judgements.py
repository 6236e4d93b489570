"""What people say of hits, the same thing or not: kept in the collection, to calibrate with."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from glocal.collection import DEFAULT_MODE, Judgement
from glocal.features import Region
from glocal.pair import compare
from glocal.service.bodies import Judged
from glocal.service.parameters import CollectionNow, Mode, PhotoId, RegionNow, StateNow, ViewName
from glocal.service.responses import JudgementAnswer, JudgementsAnswer
from glocal.service.served_collection import ServedCollection

router = APIRouter(tags=["judgements"])

_LINES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}}}


@router.put("/collections/{collection}/photos/{photo}/judgement")
async def judge(
    state: StateNow,
    served: CollectionNow,
    photo: PhotoId,
    said: Judged,
    view: ViewName,
    region: RegionNow,
    mode: Mode = DEFAULT_MODE,
) -> JudgementAnswer | None:
    """Say whether a photo shows the same thing as a view; of one pair the last word counts."""

    def work() -> JudgementAnswer | None:
        calibration = served.collection.calibration
        query = state.view(served, view, region, mode)
        pair = compare(query, served.collection.view(photo), calibration)
        nearest = served.collection.candidates([query], 1)
        judgement = Judgement(
            query=state.content_of(served, view),
            photo=state.content_of(served, f"photo:{photo}"),
            region=_text(region),
            same=said.same,
            similarity=pair.similarity,
            background=nearest[0].background if nearest else None,
            support=pair.match.support,
            correspondences=len(pair.match),
            at=time.time(),
        )
        served.collection.judgements.add(judgement)
        return None if said.same is None else JudgementAnswer(photo=photo, region=judgement.region, same=said.same)

    return await state.searches.run(work)


@router.get("/collections/{collection}/judgements")
def judgements(state: StateNow, served: CollectionNow, view: ViewName) -> JudgementsAnswer:
    """Return what was said of a view, of the photos that are still here."""
    query = state.content_of(served, view)
    said = [one for one in served.collection.judgements.all() if one.query == query]
    found = _photos(served, {one.photo for one in said})
    answers = [
        JudgementAnswer(photo=photo, region=one.region, same=bool(one.same))
        for one in said
        for photo in found.get(one.photo, ())
    ]
    return JudgementsAnswer(judgements=answers)


@router.get("/collections/{collection}/judgements.jsonl", response_class=StreamingResponse, responses=_LINES)
def export_judgements(served: CollectionNow) -> StreamingResponse:
    """Return all judgements with the numbers they are about, a line of JSON each."""

    def lines() -> Iterator[str]:
        for one in served.collection.judgements.all():
            yield json.dumps(asdict(one)) + "\n"

    headers = {"Content-Disposition": 'attachment; filename="judgements.jsonl"'}
    return StreamingResponse(lines(), media_type="application/jsonl", headers=headers)


def _photos(served: ServedCollection, contents: set[str]) -> dict[str, list[int]]:
    return {content: served.collection.photos_with_content(bytes.fromhex(content)) for content in contents}


def _text(region: Region | None) -> str:
    return "" if region is None else ",".join(f"{round(value)}" for value in region)

"""The proof that two photos show the same thing: as numbers, and drawn."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, File, Response, UploadFile

from glocal.collection import DEFAULT_MODE, SearchMode
from glocal.drawing import DrawnMatch, draw_match
from glocal.features import Region
from glocal.images import encode
from glocal.pair import Pair, compare
from glocal.service.answers import agreement_answer, mask_answer
from glocal.service.parameters import CollectionNow, Mode, PhotoId, RegionNow, StateNow, ViewName
from glocal.service.responses import ProofAnswer
from glocal.service.routes.pictures import PNG
from glocal.service.served_collection import ServedCollection
from glocal.service.uploads import keep, make_room
from glocal.service.worker_state import State

router = APIRouter(tags=["proof"])


@router.get("/collections/{collection}/photos/{photo}/proof")
async def proof(
    state: StateNow,
    served: CollectionNow,
    photo: PhotoId,
    view: ViewName,
    region: RegionNow,
    mode: Mode = DEFAULT_MODE,
) -> ProofAnswer:
    """Return what a view and a photo of the collection have in common, the inliers point by point."""
    return await state.searches.run(lambda: _describe(_pair(state, served, view, f"photo:{photo}", region, mode)))


@router.get("/collections/{collection}/photos/{photo}/proof.png", response_class=Response, responses=PNG)
async def proof_png(
    state: StateNow,
    served: CollectionNow,
    photo: PhotoId,
    view: ViewName,
    region: RegionNow,
    mode: Mode = DEFAULT_MODE,
) -> Response:
    """Return the same as a picture: side by side, with lines between the inliers and the outline of the region."""

    def draw() -> bytes:
        pair = _pair(state, served, view, f"photo:{photo}", region, mode)
        query, found = (state.pictures.pixels(state.path_of(served, name), 1600) for name in (view, f"photo:{photo}"))
        agreement = DrawnMatch.of_match(pair.match, pair.query, pair.photo)
        overlay = draw_match(query, found, agreement, region=region)
        return encode(overlay, "png")

    return Response(await state.drawings.run(draw), media_type="image/png")


@router.post("/collections/{collection}/match")
async def match(
    state: StateNow,
    served: CollectionNow,
    a: Annotated[UploadFile, File(description="The query.")],
    b: Annotated[UploadFile, File(description="The photo to compare it with.")],
    region: RegionNow,
    mode: Mode = DEFAULT_MODE,
) -> ProofAnswer:
    """Compare two photos sent in the request, with the collection's model."""

    def work() -> ProofAnswer:
        limit = state.settings.max_pixels
        names = [f"upload:{keep(one.file, state.queries, limit).name}" for one in (a, b)]
        pair = _pair(state, served, names[0], names[1], region, mode)
        make_room(state.queries, state.settings.query_bytes)
        return _describe(pair)

    return await state.searches.run(work)


def _pair(
    state: State, served: ServedCollection, query: str, photo: str, region: Region | None, mode: SearchMode
) -> Pair:
    calibration = served.collection.calibration
    pair = compare(state.view(served, query, region, mode), state.view(served, photo, None), calibration)
    query_file, photo_file = state.pictured(served, [query, photo])
    return pair.with_pixels(query_file, photo_file, region)


def _describe(pair: Pair) -> ProofAnswer:
    return ProofAnswer(
        similarity=pair.similarity,
        inliers=pair.inliers,
        correspondences=len(pair.match),
        probability=pair.probability,
        proved=pair.proved,
        verdict=pair.verdict,
        by_keypoints=pair.by_keypoints is not None,
        agreement=agreement_answer(pair.agreement),
        query_mask=None if pair.agreement is None else mask_answer(pair.agreement.query_mask),
        photo_mask=None if pair.agreement is None else mask_answer(pair.agreement.photo_mask),
        transform=None if pair.transform is None else pair.transform.tolist(),
        query_size=pair.query.image_size,
        photo_size=pair.photo.image_size,
        points=np.round(pair.inlier_points(), 1).tolist(),
    )

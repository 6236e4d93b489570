"""The proof that two photos show the same thing: as numbers, and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from fastapi import APIRouter, File, Response, UploadFile

from glocal.drawing import draw_match
from glocal.features import Region
from glocal.images import encode
from glocal.matching import Match, match_features
from glocal.service.parameters import Number, RegionNow, ShelfNow, StateNow, ViewName
from glocal.service.responses import ProofAnswer
from glocal.service.routes.pictures import PNG
from glocal.service.searching import View
from glocal.service.served_collection import Shelf
from glocal.service.uploads import keep, make_room
from glocal.service.worker_state import State

router = APIRouter(tags=["proof"])


@dataclass(frozen=True, eq=False)
class _Pair:
    query: View
    photo: View
    match: Match


@router.get("/collections/{collection}/photos/{photo}/proof")
async def proof(state: StateNow, shelf: ShelfNow, photo: Number, view: ViewName, region: RegionNow) -> ProofAnswer:
    """Return what a view and a photo of the collection have in common, the inliers point by point."""
    return await state.searches.run(lambda: _describe(shelf, _pair(state, shelf, view, f"photo:{photo}", region)))


@router.get("/collections/{collection}/photos/{photo}/proof.png", response_class=Response, responses=PNG)
async def proof_png(state: StateNow, shelf: ShelfNow, photo: Number, view: ViewName, region: RegionNow) -> Response:
    """Return the same as a picture: side by side, with lines between the inliers and the outline of the region."""

    def draw() -> bytes:
        pair = _pair(state, shelf, view, f"photo:{photo}", region)
        query, found = (state.pictures.pixels(state.path_of(shelf, name), 1600) for name in (view, f"photo:{photo}"))
        overlay = draw_match(query, found, pair.query.features, pair.photo.features, pair.match, region=region)
        return encode(overlay, "png")

    return Response(await state.drawings.run(draw), media_type="image/png")


@router.post("/collections/{collection}/match")
async def match(
    state: StateNow,
    shelf: ShelfNow,
    a: Annotated[UploadFile, File(description="The query.")],
    b: Annotated[UploadFile, File(description="The photo to compare it with.")],
    region: RegionNow,
) -> ProofAnswer:
    """Compare two photos sent in the request, with the collection's model."""

    def work() -> ProofAnswer:
        limit = state.settings.max_pixels
        names = [f"upload:{keep(one.file, state.queries, limit).name}" for one in (a, b)]
        pair = _pair(state, shelf, names[0], names[1], region)
        make_room(state.queries, state.settings.query_bytes)
        return _describe(shelf, pair)

    return await state.searches.run(work)


def _pair(state: State, shelf: Shelf, query: str, photo: str, region: Region | None) -> _Pair:
    views = state.view(shelf, query, region), state.view(shelf, photo, None)
    return _Pair(*views, match_features(views[0].features, views[1].features))


def _describe(shelf: Shelf, pair: _Pair) -> ProofAnswer:
    found, query, photo = pair.match, pair.query.features, pair.photo.features
    similarity = float(np.dot(pair.query.descriptor, pair.photo.descriptor))
    rows = found.correspondences[found.inliers]
    points = np.hstack([query.keypoints[rows[:, 0]], photo.keypoints[rows[:, 1]]])
    return ProofAnswer(
        similarity=similarity,
        inliers=found.inlier_count,
        correspondences=len(found),
        probability=shelf.calibration.probability(similarity, found.inlier_count, len(found)),
        transform=None if found.transform is None else found.transform.tolist(),
        query_size=query.image_size,
        photo_size=photo.image_size,
        points=np.round(points, 1).tolist(),
    )

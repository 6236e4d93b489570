"""Pictures: photos in a size and format that every browser shows, originals, heat maps."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse

from glocal.images import Address
from glocal.service.parameters import CollectionNow, PhotoId, RegionNow, StateNow, ViewName
from glocal.service.problems import Problem
from glocal.service.uploads import find_query

router = APIRouter(tags=["pictures"])

_BINARY: dict[str, Any] = {"type": "string", "format": "binary"}
JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {"schema": _BINARY}}}}
PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {"schema": _BINARY}}}}
_ORIGINAL: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {"schema": _BINARY}}}}

_CACHED = {"Cache-Control": "private, max-age=86400"}
Size = Annotated[Literal["320", "640", "1600"], Query(description="Longest side, pixels.")]


@router.get("/collections/{collection}/photos/{photo}/picture", response_class=Response, responses=JPEG)
async def picture(
    state: StateNow, served: CollectionNow, photo: PhotoId, request: Request, size: Size = "640"
) -> Response:
    """Return a photo as JPEG, upright; size 320 is a thumbnail."""

    def draw() -> Response:
        record = served.collection.photo(photo)
        tag = f'"{(record.file.content_hash or b"").hex()}-{size}"'
        headers = {**_CACHED, "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        data = state.pictures.jpeg(state.file_of(record), int(size))
        return Response(data, media_type="image/jpeg", headers=headers)

    return await state.drawings.run(draw)


@router.get("/collections/{collection}/photos/{photo}/file", response_class=FileResponse, responses=_ORIGINAL)
def original(state: StateNow, served: CollectionNow, photo: PhotoId) -> Response:
    """Return the photo's own file, to be saved."""
    record = served.collection.photo(photo)
    if not record.indexed or record.reason:
        raise Problem(422, "The file is no photo that can be read.")
    name = record.path.name.encode("utf-8", "replace").decode()
    path = state.file_of(record)
    if isinstance(path, Address):
        disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        headers = {"Content-Disposition": disposition}
        return Response(path.read_bytes(), media_type="application/octet-stream", headers=headers)
    return FileResponse(path, media_type="application/octet-stream", filename=name)


@router.get("/queries/{query}/picture", response_class=Response, responses=JPEG)
async def query_picture(state: StateNow, query: Annotated[str, Path(max_length=32)], size: Size = "1600") -> Response:
    """Return an uploaded query as JPEG, upright."""
    data = await state.drawings.run(lambda: state.pictures.jpeg(find_query(state.queries, query), int(size)))
    return Response(data, media_type="image/jpeg", headers=_CACHED)


@router.get("/collections/{collection}/attention", response_class=Response, responses=JPEG)
async def attention(
    state: StateNow, served: CollectionNow, view: ViewName, region: RegionNow, size: Size = "640"
) -> Response:
    """Return where the network looks in a view, as a heat map over it."""

    def draw() -> bytes:
        features = state.view(served, view, region).local
        return state.pictures.attention(state.path_of(served, view), features, int(size))

    return Response(await state.drawings.run(draw), media_type="image/jpeg", headers=_CACHED)

"""What clients ask, as types that check themselves, and how the routes get at the state.

What reads them takes no time, and is `async`: FastAPI hands the rest to its threads, which may all be at long answers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, Path, Query, Request

from glocal.collection import DEFAULT_MODE, EFFORTS, SearchMode, SearchOptions
from glocal.features import Region
from glocal.service.problems import Problem
from glocal.service.served_collection import ServedCollection
from glocal.service.worker_state import State

PhotoId = Annotated[int, Path(ge=1, le=2**53, description="Id of a photo.")]
ViewName = Annotated[str, Query(max_length=64, description="upload:ID or photo:ID.", examples=["photo:17"])]
ViewNames = Annotated[
    list[str] | None,
    Query(alias="view", description="Views of the thing: upload:ID or photo:ID, up to 8.", examples=[["photo:17"]]),
]
RegionText = Annotated[
    str | None,
    Query(
        max_length=200,
        description="x,y,width,height: the part of the first view that matters, in pixels of the upright photo.",
        examples=["10,20,300,200"],
    ),
]


async def state_of(request: Request) -> State:
    """Return the worker's state."""
    return cast("State", request.app.state.glocal)


StateNow = Annotated[State, Depends(state_of)]


async def served_of(state: StateNow, collection: Annotated[str, Path(max_length=64)]) -> ServedCollection:
    """Return the collection that the path names."""
    return state.served(collection)


CollectionNow = Annotated[ServedCollection, Depends(served_of)]


async def region_of(region: RegionText = None) -> Region | None:
    """Read a region.

    Raises:
        Problem: it is not four finite numbers (422).
    """
    if region is None:
        return None
    try:
        x, y, width, height = map(float, region.split(","))
    except ValueError:
        raise Problem(422, "A region is four numbers: x,y,width,height.") from None
    if not all(map(math.isfinite, (x, y, width, height))):
        raise Problem(422, "A region is four finite numbers: x,y,width,height.")
    return x, y, width, height


RegionNow = Annotated[Region | None, Depends(region_of)]
Mode = Annotated[
    SearchMode,
    Query(
        description="How hard to look: fast (as it is), balanced (also turned), thorough (also mirrored, from nearer)."
    ),
]


@dataclass(frozen=True)
class SearchRequest:
    """What a client asks of a search.

    Attributes:
        options: how to search.
        mode: how hard to look.
        where: metadata that hits must have.
    """

    options: SearchOptions
    mode: SearchMode
    where: Mapping[str, Any]


async def search_request_of(
    top: Annotated[int, Query(ge=1, le=500, description="Most hits returned.")] = 24,
    mode: Mode = DEFAULT_MODE,
    rerank: Annotated[
        int | None,
        Query(
            ge=0,
            le=500,
            description="Candidates verified; 0: none; not given: the mode's number, and no fewer than hits returned.",
        ),
    ] = None,
    min_probability: Annotated[float, Query(ge=0, le=1, description="Leave out hits below.")] = 0.0,
    where: Annotated[
        str | None,
        Query(max_length=2000, description="JSON object: metadata that hits must have.", examples=['{"year": 2024}']),
    ] = None,
) -> SearchRequest:
    """Read what a client asks of a search."""
    verified = max(EFFORTS[mode].rerank, top) if rerank is None else rerank
    keypoints = EFFORTS[mode].searched_for_keypoints
    options = SearchOptions(searched_for_keypoints=keypoints, top=top, rerank=verified, min_probability=min_probability)
    return SearchRequest(options, mode, json_object(where) if where else {})


SearchRequestNow = Annotated[SearchRequest, Depends(search_request_of)]


def json_object(text: str) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        Problem: the text is something else (422).
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Problem(422, 'A JSON object is needed, such as {"year": 2024}.')
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and infinities are no JSON

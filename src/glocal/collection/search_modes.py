"""How hard a search looks: at how many angles, and at how many candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from glocal.collection.model_identity import Extractor
from glocal.features import FARTHER, NEARER, NEAREST, Region, View
from glocal.images import Photo
from glocal.orientation import QUARTER_TURNS, UPRIGHT, Orientation

SearchMode = Literal["fast", "balanced", "thorough"]
"""fast: the query as it is. balanced: turned by quarters too, from farther, for things that are small in other photos,
and from nearer, for things that are small in the query. thorough: mirrored too, from nearer still, and more candidates
are verified. The last two also look for keypoints in the pixels of hits: of few, or of more."""

DEFAULT_MODE: SearchMode = "balanced"


@dataclass(frozen=True)
class Effort:
    """What a mode does.

    Attributes:
        orientations: the ways in which a query is laid down, upright first.
        zooms: how many times as large it is looked at besides, upright.
        rerank: candidates verified.
        searched_for_keypoints: see `SearchOptions`. A search takes a twentieth of a second and more for each.
    """

    orientations: tuple[Orientation, ...]
    zooms: tuple[float, ...]
    rerank: int
    searched_for_keypoints: int


EFFORTS: dict[SearchMode, Effort] = {
    "fast": Effort((UPRIGHT,), (), 200, 0),
    "balanced": Effort(QUARTER_TURNS, (FARTHER, NEARER), 300, 5),
    "thorough": Effort(
        (*QUARTER_TURNS, *(Orientation(turns, mirrored=True) for turns in range(4))),
        (FARTHER, NEAREST),
        600,
        20,
    ),
}


def look_at(model: Extractor, photo: Photo, region: Region | None, mode: SearchMode) -> View:
    """Return the features of a query, laid down in all the ways of a mode.

    Args:
        model: what extracts them.
        photo: a path, the bytes of a file, a PIL image or an RGB array.
        region: (x, y, width, height) in pixels of the upright photo, if only that part of it matters.
        mode: how hard to look.

    Raises:
        PhotoError: the photo cannot be read.
        RegionError: the region leaves the photo.
    """
    effort = EFFORTS[mode]
    laid, zoomed = model.extract_looks(photo, region, effort.orientations, effort.zooms)
    return View.oriented(laid, effort.orientations).with_zoomed(zoomed)

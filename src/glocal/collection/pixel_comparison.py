"""The last look at hits about to be shown: by their pixels, where the files are there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glocal.agreement import (
    LEAST_SIMILARITY_OF_COPIES,
    AgreeingArea,
    Laid,
    agreeing_area,
    find_copy,
    worth_as_proof,
    worth_in_probability,
)
from glocal.collection.hits import Hit, Ranking
from glocal.collection.pictures_at_hand import PicturesAtHand
from glocal.cores import available_cores
from glocal.features import Region
from glocal.matching import Calibration
from glocal.orientation import nearest_turn


def compare_pixels(
    pictures: PicturesAtHand,
    ranking: Ranking,
    calibration: Calibration | None,
    region: Region | None,
    count: int,
) -> Ranking:
    """Return a ranking whose first hits know where they agree with the query.

    The pixels have a say in what their support is worth (see `AgreeingArea.weight`), and so in which of them are
    proved, in their probability, and in their order among themselves. Of the hits after these, those that are proved
    are held to their pixels too: if they stay proved, they stay where they are. Hits that were not verified, or whose
    files are gone, stay as they are. Copies that features do not lay on the query are found in a ranking by probability
    alone: they have no inliers to be ranked by.

    Args:
        pictures: of the query's views, and of photos read already.
        ranking: of a search with these.
        calibration: of the model that made the features, or None: then nothing is proved.
        region: of the first view, if only a part of it was searched.
        count: hits that are compared in any case; 0: none is.

    Raises:
        PhotoError: a view cannot be read.
    """
    later = [hit for hit in ranking.hits[count:] if hit.proved]
    if not count or not any(map(_may_agree, (*ranking.hits[:count], *later))):
        return ranking
    for number in pictures.views:
        pictures.view(number)  # before threads ask for it

    def compared(hit: Hit) -> Hit:
        seen, copy = _seen(hit, pictures, None if hit.view else region, calibration)
        if copy is None or (ranking.by == "paper" and copy.transform is not hit.transform):
            return seen
        return _in_light_of(_laid_by(hit, copy.transform), copy.area, calibration)

    with ThreadPoolExecutor(available_cores()) as pool:
        first = tuple(replace(hit, among_first=True) for hit in pool.map(compared, ranking.hits[:count]))
        held = {hit.photo: hit for hit in pool.map(compared, later)}
    after = (_held(hit, held.get(hit.photo)) for hit in ranking.hits[count:])
    return Ranking.of((*first, *after), ranking.by, ranking.query)


def _seen(
    hit: Hit, pictures: PicturesAtHand, part: Region | None, calibration: Calibration | None
) -> tuple[Hit, Laid | None]:
    """Return a hit in the light of its pixels, and how it lies on the query if it is a copy and not proved so."""
    view = pictures.view(hit.view)
    photo = pictures.stored(hit.path) if view is not None and _may_agree(hit) else None
    if view is None or photo is None:
        return hit, None
    seen = hit
    if hit.transform is not None:
        seen = _in_light_of(hit, agreeing_area(view, photo, hit.transform, part), calibration)
    if seen.proved or calibration is None:
        return seen, None
    return seen, find_copy(view, photo, part, hit.similarity, Laid.known(hit.transform, seen.agreement))


def _may_agree(hit: Hit) -> bool:
    """Say whether it is known how a hit lies on the query, or it may be a copy."""
    verified = hit.inliers is not None
    return verified and (hit.transform is not None or hit.similarity >= LEAST_SIMILARITY_OF_COPIES)


def _held(hit: Hit, seen: Hit | None) -> Hit:
    """Return a hit after the first ones, in the light of its pixels if they take its proof back."""
    if seen is None:
        return hit
    return replace(hit, agreement=seen.agreement) if seen.proved else seen


def _laid_by(hit: Hit, transform: NDArray[np.float64]) -> Hit:
    """Return a hit with a transform: without inliers, if it is not that of its features."""
    if transform is hit.transform:
        return hit
    return replace(
        hit,
        transform=transform,
        inliers=0,
        inlier_points=np.zeros((0, 4), np.float32),
        support=0.0,
        orientation=nearest_turn(transform),
        further=(),
    )


def _in_light_of(hit: Hit, area: AgreeingArea, calibration: Calibration | None) -> Hit:
    """Return a hit with where it agrees, and what that makes of its support."""
    support, probability = hit.support or 0.0, hit.probability
    if calibration is not None and probability is not None:
        probability = calibration.reweighed(probability, support, worth_in_probability(support, area))
    proved = calibration is not None and calibration.proves(worth_as_proof(support, area), probability)
    return replace(hit, agreement=area, proved=proved, probability=probability)

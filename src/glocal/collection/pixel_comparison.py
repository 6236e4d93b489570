"""The last look at hits about to be shown: by their pixels, where the files are there."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from glocal.agreement import (
    AgreeingArea,
    agreeing_area,
    picture_if_there,
    read_picture,
    worth_as_proof,
    worth_in_probability,
)
from glocal.collection.hits import Hit, Ranking
from glocal.cores import available_cores
from glocal.features import Region
from glocal.images import Photo
from glocal.matching import Calibration


def compare_pixels(
    photos: Sequence[Photo | None],
    ranking: Ranking,
    calibration: Calibration | None,
    region: Region | None,
    count: int,
) -> Ranking:
    """Return a ranking whose first hits know where they agree with the query.

    The pixels have a say in what their support is worth (see `AgreeingArea.weight`), and so in which of them are
    proved, in their probability, and in their order among themselves. Of the hits after these, those that are proved
    are held to their pixels too: if they stay proved, they stay where they are. Hits without a transform, or whose
    files are gone, stay as they are.

    Args:
        photos: the query's views, as the hits number them; None where there are no pixels.
        ranking: of a search with these.
        calibration: of the model that made the features, or None: then nothing is proved.
        region: of the first view, if only a part of it was searched.
        count: hits that are compared in any case; 0: none is.

    Raises:
        PhotoError: a view cannot be read.
    """
    later = [hit for hit in ranking.hits[count:] if hit.proved]
    if not count or not any(hit.transform is not None for hit in (*ranking.hits[:count], *later)):
        return ranking
    views = [None if photo is None else read_picture(photo) for photo in photos]

    def compared(hit: Hit) -> Hit:
        view = views[hit.view]
        if hit.transform is None or view is None:
            return hit
        photo = picture_if_there(hit.path)
        if photo is None:
            return hit
        area = agreeing_area(view, photo, hit.transform, None if hit.view else region)
        return _in_light_of(hit, area, calibration)

    with ThreadPoolExecutor(available_cores()) as pool:
        first = tuple(replace(hit, among_first=True) for hit in pool.map(compared, ranking.hits[:count]))
        held = {hit.photo: hit for hit in pool.map(compared, later)}
    after = (_held(hit, held.get(hit.photo)) for hit in ranking.hits[count:])
    return Ranking.of((*first, *after), ranking.by, ranking.query)


def _held(hit: Hit, seen: Hit | None) -> Hit:
    """Return a hit after the first ones, in the light of its pixels if they take its proof back."""
    if seen is None:
        return hit
    return replace(hit, agreement=seen.agreement) if seen.proved else seen


def _in_light_of(hit: Hit, area: AgreeingArea, calibration: Calibration | None) -> Hit:
    """Return a hit with where it agrees, and what that makes of its support."""
    support, probability = hit.support or 0.0, hit.probability
    if calibration is not None and probability is not None:
        probability = calibration.reweighed(probability, support, worth_in_probability(support, area))
    proved = calibration is not None and calibration.proves(worth_as_proof(support, area), probability)
    return replace(hit, agreement=area, proved=proved, probability=probability)

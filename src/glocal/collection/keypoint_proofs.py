"""Proofs by keypoints of the pixels, for hits whose stored features agree to some extent and prove nothing."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from glocal.agreement import (
    MOST_TIMES_CHANCE,
    KeypointMatch,
    Picture,
    SeenPicture,
    match_keypoints,
    worth_as_proof,
    worth_in_probability,
)
from glocal.collection.hits import Hit, Ranking
from glocal.collection.pictures_at_hand import PicturesAtHand
from glocal.cores import available_cores
from glocal.features import Region
from glocal.matching import Calibration
from glocal.orientation import nearest_turn

AMONG = 40
"""Hits, the first ones, that may be proved so: more than a page of results shows."""

LEAST_SUPPORT = 6.0
"""Of stored features: hits with less are not looked at. Of 236 right ones of Toulon that keypoints agree on, 9 have
less than 6, and 40 less than 8."""


def compare_keypoints(
    pictures: PicturesAtHand,
    ranking: Ranking,
    calibration: Calibration | None,
    region: Region | None,
    count: int,
) -> Ranking:
    """Return a ranking in which hits may be proved by keypoints of the pixels.

    By the same rule as by stored features: more support than chance gives, in the light of the pixels, and not
    improbable for all that. What is not proved so stays as it is.

    Args:
        pictures: of the query's views, and of photos read already.
        ranking: of a search whose pixels were compared, by probability; by the paper's rule it stays as it is.
        calibration: of the model, or None: then nothing is proved.
        region: of the first view, if only a part of it was searched.
        count: most hits looked at so, the most probable of those that could be proved.

    Raises:
        PhotoError: a view cannot be read.
    """
    if calibration is None or ranking.by != "probability":
        return ranking
    shown = pictures.views
    asked = [hit for hit in ranking.hits[:AMONG] if hit.view in shown and _may_gain(hit, calibration)]
    chosen = sorted(asked, key=lambda hit: -(hit.probability or 0.0))[:count]

    def look_at(view: int) -> SeenPicture | None:
        picture = pictures.view(view)
        return None if picture is None else SeenPicture.of(picture, None if view else region)

    with ThreadPoolExecutor(available_cores()) as pool:
        queries = {view: pool.submit(look_at, view) for view in {hit.view for hit in chosen}}  # begun before the hits
        found = pool.map(lambda hit: _found(pictures.stored(hit.path), queries[hit.view]), chosen)
        seen = {hit.photo: _in_light_of(hit, match, calibration) for hit, match in zip(chosen, found, strict=True)}
    return Ranking.of((seen.get(hit.photo, hit) for hit in ranking.hits), ranking.by, ranking.query)


def _may_gain(hit: Hit, calibration: Calibration) -> bool:
    """Say whether keypoints could prove a hit, if they were worth as much as they can be."""
    if hit.proved or (hit.support or 0.0) < LEAST_SUPPORT or hit.orientation.mirrored:
        return False
    support = MOST_TIMES_CHANCE * calibration.chance_support
    return calibration.proves(support, _probability(hit, support, calibration))


def _probability(hit: Hit, support: float, calibration: Calibration) -> float:
    """Return how probable a hit is with another support."""
    before = worth_in_probability(hit.support or 0.0, hit.agreement)
    return calibration.reweighed(hit.probability or 0.0, before, support)


def _found(picture: Picture | None, query: Future[SeenPicture | None]) -> KeypointMatch | None:
    """Match a hit's photo; None also if its file is gone."""
    if picture is None:
        return None
    photo = SeenPicture.of(picture)  # while another thread looks at the query
    seen = query.result()
    return None if seen is None else match_keypoints(seen, photo)


def _in_light_of(hit: Hit, found: KeypointMatch | None, calibration: Calibration) -> Hit:
    """Return a hit, proved by its keypoints if they do."""
    if found is None or found.match.transform is None:
        return hit
    support = found.support(calibration.chance_support)
    probability = _probability(hit, worth_in_probability(support, found), calibration)
    if not calibration.proves(worth_as_proof(support, found), probability):
        return hit
    return replace(
        hit,
        proved=True,
        by_keypoints=True,
        among_first=True,
        probability=max(hit.probability or 0.0, probability),
        support=support,
        agreement=found.area,
        transform=found.match.transform,
        inliers=found.match.inlier_count,
        correspondences=len(found.match),
        inlier_points=found.match.inlier_points(found.query, found.photo),
        orientation=nearest_turn(found.match.transform),
        further=(),
    )

"""Proofs by witnesses: what hits that are proved prove in turn.

A photo of the thing from another side, or by night, shares too little with the query for a proof, and enough with
photos between them: transitive closure expansion (Chum et al., "Total recall: automatic query expansion with a
generative feature model for object retrieval", ICCV 2007, section 4.2). Two links are about the same thing only if they
see the same of it, so some local features must be found in all three photos. And one photo between may show two things,
or another thing of the same brand: what the query does not prove by itself takes two witnesses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.agreement import AgreeingArea, Picture, agreeing_area, read_picture, worth_as_proof
from glocal.arrays import FloatArray
from glocal.collection.hits import Hit, Ranking, Witness
from glocal.collection.reading import Reading
from glocal.cores import available_cores
from glocal.errors import PhotoError
from glocal.features import CompactFeatures, Region
from glocal.matching import Calibration, Match, match_many

AMONG = 40
"""Hits, the first ones, that may bear witness and be proved so: more than a page of results shows."""

MOST_WITNESSES = 5
"""Most photos that are asked, those with the most support."""

MOST_COMPARED = 40
"""Pairs of hits whose pixels are compared in a search at most."""

LEAST_TRACKS = 4
"""Fewest local features that must be seen in all three photos: as many as a transform takes."""

COPY = 0.9
"""Photos more similar to the query than this are copies of it, and would say again what it says. Of 640 right pairs of
Toulon that are proved one is so similar, of 282 of packages none."""


@dataclass(frozen=True, eq=False)
class _Link:
    """A hit as a witness sees it.

    Attributes:
        witness: a hit that is proved.
        match: of the witness's photo with the hit's.
        tracks: [T, 4] float32, features in all three: x, y in pixels of the query, x, y in pixels of the hit's photo.
        similarity: of the two photos.
    """

    witness: Hit
    match: Match
    tracks: FloatArray
    similarity: float


def ask_witnesses(reading: Reading, ranking: Ranking, calibration: Calibration | None) -> Ranking:
    """Return a ranking in which hits may be proved by others.

    A hit that is improbable, though its inliers are worth more than chance gives, is proved by one witness; any other
    by two. Witnesses are hits proved by the query alone. Their pixels are compared as those of the query are (see
    `AgreeingArea.proof_weight`), of the part that the query shows; where files are gone, geometry alone decides. A
    proved hit is at least as probable as its better witness and the link with that, taken together.

    Args:
        reading: the photos of the hits.
        ranking: of a search whose pixels were compared, by probability; by the paper's rule it stays as it is.
        calibration: of the model, or None: then nothing is proved.
    """
    if calibration is None or ranking.by != "probability":
        return ranking
    first = ranking.hits[:AMONG]
    witnesses = sorted((hit for hit in first if hit.proved and hit.similarity < COPY), key=_worth)[-MOST_WITNESSES:]
    asked = [hit for hit in first if not hit.proved]
    if not witnesses or not asked:
        return ranking
    chosen: list[tuple[Hit, list[_Link]]] = []
    compared = 0
    for hit, links in _links(reading, witnesses[::-1], asked, calibration):
        needed = 1 if calibration.exceeds_chance(_worth(hit)) else 2
        if len(links) >= needed and compared + needed <= MOST_COMPARED:
            chosen.append((hit, sorted(links, key=lambda link: -link.match.support)[:needed]))
            compared += needed
    paths = {link.witness.photo: link.witness.path for _, links in chosen for link in links}
    with ThreadPoolExecutor(available_cores()) as pool:
        pictures = dict(zip(paths, pool.map(_picture, paths.values()), strict=True))
        heard = dict(pool.map(lambda one: (one[0].photo, _heard(one[0], one[1], pictures, calibration)), chosen))
    return Ranking.of((heard.get(hit.photo, hit) for hit in ranking.hits), ranking.by, ranking.query)


def _worth(hit: Hit) -> float:
    return worth_as_proof(hit.support or 0.0, hit.agreement)


def _picture(path: Path) -> Picture | None:
    """Read a photo; None if its file is gone."""
    try:
        return read_picture(path)
    except PhotoError:
        return None


def _links(
    reading: Reading, witnesses: Sequence[Hit], asked: Sequence[Hit], calibration: Calibration
) -> Iterator[tuple[Hit, list[_Link]]]:
    """Yield each hit asked for, with its links that geometry proves."""
    photos = [hit.photo for hit in (*witnesses, *asked)]
    features = reading.features(photos)
    ids, descriptors = reading.descriptors(photos)
    of_photo = dict(zip(ids.tolist(), descriptors, strict=True))
    known = [hit for hit in asked if hit.photo in features and hit.photo in of_photo]
    found: dict[int, list[_Link]] = {hit.photo: [] for hit in known}
    for witness in witnesses:
        if witness.photo not in features or witness.photo not in of_photo:
            continue
        own = features[witness.photo]
        for hit, match in zip(known, match_many(own, [features[hit.photo] for hit in known]), strict=True):
            tracks = _tracks(witness.inlier_points, match, own, features[hit.photo])
            if calibration.exceeds_chance(match.support) and len(tracks) >= LEAST_TRACKS:
                similarity = float(np.clip(of_photo[witness.photo] @ of_photo[hit.photo], -1.0, 1.0))
                found[hit.photo].append(_Link(witness, match, tracks, similarity))
    for hit in known:
        yield hit, found[hit.photo]


def _tracks(first: NDArray[np.float32], match: Match, a: CompactFeatures, b: CompactFeatures) -> FloatArray:
    """Return the features [T, 4] that are inliers of both links: x, y in the query, x, y in the photo.

    Args:
        first: [I, 4], inliers of the query with the witness: x, y in the query, x, y in the witness.
        match: of the witness with the photo.
        a, b: features of these two.
    """
    in_query = {(x, y): (u, v) for u, v, x, y in first.tolist()}
    points = match.inlier_points(a, b).tolist()
    tracks = [(*in_query[x, y], u, v) for x, y, u, v in points if (x, y) in in_query]
    return np.array(tracks, np.float32).reshape(-1, 4)


def _heard(hit: Hit, links: Sequence[_Link], pictures: Mapping[int, Picture | None], calibration: Calibration) -> Hit:
    """Return a hit, proved if all of its links hold by their pixels too.

    Args:
        hit: one that the query does not prove.
        links: with witnesses.
        pictures: of the witnesses, by their ids.
        calibration: of the model.
    """
    photo, probabilities = _picture(hit.path), []
    for link in links:
        agreement = _agreement(link, pictures[link.witness.photo], photo)
        if not calibration.exceeds_chance(worth_as_proof(link.match.support, agreement)):
            return hit
        support = link.match.support * (1.0 if agreement is None else agreement.weight)
        linked = calibration.probability(link.similarity, support, len(link.match))
        probabilities.append((link.witness.probability or 0.0) * linked)
    best = links[int(np.argmax(probabilities))]
    proved = replace(
        hit,
        proved=True,
        among_first=True,
        probability=max(hit.probability or 0.0, *probabilities),
        witness=Witness(best.witness.photo, best.witness.path),
    )
    if calibration.exceeds_chance(_worth(hit)) or best.match.transform is None or best.witness.transform is None:
        return proved
    return replace(
        proved,
        transform=best.match.transform @ best.witness.transform,
        inlier_points=best.tracks,
        inliers=len(best.tracks),
        correspondences=max(len(best.tracks), hit.correspondences or 0),
        view=best.witness.view,
        orientation=best.witness.orientation,
        agreement=None,
    )


def _agreement(link: _Link, witness: Picture | None, photo: Picture | None) -> AgreeingArea | None:
    """Return where a witness and a photo agree, of what the query shows; None where a file is gone."""
    if witness is None or photo is None or link.match.transform is None:
        return None
    return agreeing_area(witness, photo, link.match.transform, _extent(link.witness.inlier_points[:, 2:]))


def _extent(points: NDArray[np.float32]) -> Region:
    """Return the box around points [I, 2]."""
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return left, top, max(right - left, 1.0), max(bottom - top, 1.0)

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
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glocal.agreement import (
    AgreeingArea,
    Picture,
    agreeing_area,
    worth_as_proof,
    worth_in_probability,
)
from glocal.collection.hits import Hit, Ranking, Witness
from glocal.collection.links import Link
from glocal.collection.pictures_at_hand import PicturesAtHand
from glocal.collection.reading import Reading
from glocal.cores import available_cores
from glocal.features import Region
from glocal.matching import Calibration

AMONG = 40
"""Hits, the first ones, that may bear witness and be proved so: more than a page of results shows."""

MOST_WITNESSES = 5
"""Most photos that are asked, those with the most support."""

MOST_COMPARED = 40
"""Pairs of hits whose pixels are compared in a search at most."""

COPY = 0.9
"""Photos more similar to the query than this are copies of it, and would say again what it says. Of 640 right pairs of
Toulon that are proved one is so similar, of 282 of packages none."""


def ask_witnesses(
    reading: Reading, pictures: PicturesAtHand, ranking: Ranking, calibration: Calibration | None
) -> Ranking:
    """Return a ranking in which hits may be proved by others.

    A hit that is improbable, though its inliers are worth more than chance gives, is proved by one witness; any other
    by two. Witnesses are hits proved by the query alone. Their pixels are compared as those of the query are (see
    `AgreeingArea.proof_weight`), of the part that the query shows; where files are gone, geometry alone decides. A
    proved hit is at least as probable as its better witness and the link with that, taken together.

    Args:
        reading: the photos of the hits.
        pictures: those read already.
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
    by_id = {hit.photo: hit for hit in witnesses}
    chosen: list[tuple[Hit, list[Link]]] = []
    compared = 0
    for hit, links in _links(reading, witnesses[::-1], asked, calibration):
        needed = 1 if calibration.exceeds_chance(_worth(hit)) else 2
        if len(links) >= needed and compared + needed <= MOST_COMPARED:
            chosen.append((hit, sorted(links, key=lambda link: -link.match.support)[:needed]))
            compared += needed
    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(pictures.stored, {by_id[link.witness].path for _, links in chosen for link in links}))
        heard = dict(pool.map(lambda one: (one[0].photo, _heard(one[0], one[1], by_id, pictures, calibration)), chosen))
    return Ranking.of((heard.get(hit.photo, hit) for hit in ranking.hits), ranking.by, ranking.query)


def _worth(hit: Hit) -> float:
    return worth_as_proof(hit.support or 0.0, hit.agreement)


def _links(
    reading: Reading, witnesses: Sequence[Hit], asked: Sequence[Hit], calibration: Calibration
) -> Iterator[tuple[Hit, list[Link]]]:
    """Yield each hit asked for, with its links that geometry proves."""
    known = reading.witnesses([(hit.photo, hit.inlier_points) for hit in witnesses])
    found = reading.linked(known, [hit.photo for hit in asked], calibration)
    return ((hit, found[hit.photo]) for hit in asked if hit.photo in found)


def _heard(
    hit: Hit,
    links: Sequence[Link],
    witnesses: Mapping[int, Hit],
    pictures: PicturesAtHand,
    calibration: Calibration,
) -> Hit:
    """Return a hit, proved if all of its links hold by their pixels too.

    Args:
        hit: one that the query does not prove.
        links: with witnesses.
        witnesses: by their ids.
        pictures: those of the witnesses, and others.
        calibration: of the model.
    """
    photo, probabilities = pictures.stored(hit.path), []
    for link in links:
        witness = witnesses[link.witness]
        agreement = _agreement(link, witness, pictures.stored(witness.path), photo)
        if not calibration.exceeds_chance(worth_as_proof(link.match.support, agreement)):
            return hit
        support = worth_in_probability(link.match.support, agreement)
        linked = calibration.probability(link.similarity, support, len(link.match))
        probabilities.append((witness.probability or 0.0) * linked)
    best = links[int(np.argmax(probabilities))]
    witness = witnesses[best.witness]
    proved = replace(
        hit,
        proved=True,
        among_first=True,
        probability=max(hit.probability or 0.0, *probabilities),
        witness=Witness(witness.photo, witness.path),
    )
    if calibration.exceeds_chance(_worth(hit)) or best.match.transform is None or witness.transform is None:
        return proved
    return replace(
        proved,
        transform=best.match.transform @ witness.transform,
        inlier_points=best.tracks,
        inliers=len(best.tracks),
        correspondences=max(len(best.tracks), hit.correspondences or 0),
        view=witness.view,
        orientation=witness.orientation,
        agreement=None,
    )


def _agreement(link: Link, witness: Hit, seen: Picture | None, photo: Picture | None) -> AgreeingArea | None:
    """Return where a witness and a photo agree, of what the query shows; None where a file is gone."""
    if seen is None or photo is None or link.match.transform is None:
        return None
    return agreeing_area(seen, photo, link.match.transform, _extent(witness.inlier_points[:, 2:]))


def _extent(points: NDArray[np.float32]) -> Region:
    """Return the box around points [I, 2]."""
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return left, top, max(right - left, 1.0), max(bottom - top, 1.0)

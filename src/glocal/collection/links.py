"""Links: photos matched with others that may bear witness for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.features import CompactFeatures
from glocal.matching import Calibration, Match, match_many

LEAST_TRACKS = 4
"""Fewest local features that must be seen in all three photos: as many as a transform takes."""


@dataclass(frozen=True, eq=False)
class AskedWitness:
    """A photo that is proved by the query, as others are matched with it.

    Attributes:
        photo: its id.
        inlier_points: [I, 4] float32, with the query: x, y in pixels of the query, x, y in pixels of the photo.
        features: of the photo.
        descriptor: [D] of the photo.
    """

    photo: int
    inlier_points: NDArray[np.float32]
    features: CompactFeatures
    descriptor: FloatArray


@dataclass(frozen=True, eq=False)
class Link:
    """A photo as a witness sees it.

    Attributes:
        witness: id of the witness.
        match: of the witness with the photo.
        tracks: [T, 4] float32, features in all three: x, y in pixels of the query, x, y in pixels of the photo.
        similarity: of the two photos.
    """

    witness: int
    match: Match
    tracks: FloatArray
    similarity: float


def links(
    witnesses: Sequence[AskedWitness],
    features: Mapping[int, CompactFeatures],
    descriptors: Mapping[int, FloatArray],
    calibration: Calibration,
) -> dict[int, list[Link]]:
    """Return the links of photos, by their ids, that geometry proves; those of a photo in the order of the witnesses.

    Args:
        witnesses: what the photos are matched with.
        features: of the photos.
        descriptors: [D] of each of them.
        calibration: of the model.
    """
    found: dict[int, list[Link]] = {photo: [] for photo in features}
    for witness in witnesses:
        matches = match_many(witness.features, list(features.values()))
        for (photo, own), match in zip(features.items(), matches, strict=True):
            tracks = _tracks(witness, match, own)
            if calibration.exceeds_chance(match.support) and len(tracks) >= LEAST_TRACKS:
                similarity = float(np.clip(witness.descriptor @ descriptors[photo], -1.0, 1.0))
                found[photo].append(Link(witness.photo, match, tracks, similarity))
    return found


def _tracks(witness: AskedWitness, match: Match, photo: CompactFeatures) -> FloatArray:
    """Return the features [T, 4] that are inliers of both links: x, y in the query, x, y in the photo."""
    in_query = {(x, y): (u, v) for u, v, x, y in witness.inlier_points.tolist()}
    points = match.inlier_points(witness.features, photo).tolist()
    tracks = [(*in_query[x, y], u, v) for x, y, u, v in points if (x, y) in in_query]
    return np.array(tracks, np.float32).reshape(-1, 4)

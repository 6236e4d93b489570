"""Two photos matched by keypoints of their pixels, where the stored features of both are too few for a proof.

Stored features are a thousand a photo, chosen by what the network attends to. Facades from another side, by night, or
small in both photos share some of their corners all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glocal.agreement.area import AgreeingArea, agreeing_area
from glocal.agreement.keypoints import keypoints_of
from glocal.agreement.picture import Picture
from glocal.agreement.thing import share_shown
from glocal.features import CompactFeatures, Region
from glocal.matching import Match, lie_in_place, match_features

CHANCE = 8.0
"""Most support that chance gives keypoints."""

MOST_TIMES_CHANCE = 1.25
"""Support counts for no more than so many times that, so that the pixels have the last word: a print that two products
share agrees in a hundred keypoints. Of different packages proved at twice, this leaves one in six; of right ones of
Toulon four in five."""

LEAST_SHOWN = 0.3
"""Least share of the middle of one photo, or of the query's region, that the other shows. Of 303 right hits that stored
features prove, all but one have more."""

LEAST_AGREEING = 0.2
"""Least share of the thing that agrees: letters, chessmen and controls of a program have the same corners in any order.
Of 36 right proofs by keypoints of ten kinds of photos 6 have less; of 27 wrong ones, of diagrams and screens, 12."""

LEAST_KEYPOINTS = 100
"""Where neither photo has so many, they prove nothing: the corners of a chart's bars are alike, wherever they stand. Of
28 right proofs by keypoints of ten kinds of photos none has fewer than 133 in either."""


@dataclass(frozen=True, eq=False)
class SeenPicture:
    """A photo, as it is matched by keypoints.

    Attributes:
        picture: its pixels.
        keypoints: those of the part that matters.
        region: that part, or None: all of it.
    """

    picture: Picture
    keypoints: CompactFeatures
    region: Region | None

    @classmethod
    def of(cls, picture: Picture, region: Region | None = None) -> SeenPicture:
        """Find the keypoints."""
        keypoints = keypoints_of(picture)
        if region is not None:
            x, y = keypoints.keypoints.T
            left, top, width, height = region
            inside = (x >= left) & (x < left + width) & (y >= top) & (y < top + height)
            keypoints = keypoints.only(np.flatnonzero(inside))
        return cls(picture, keypoints, region)


@dataclass(frozen=True, eq=False)
class KeypointMatch:
    """What two photos have in common by their keypoints: more than chance gives.

    Attributes:
        query, photo: the keypoints.
        match: of these.
        area: where the pixels agree.
    """

    query: CompactFeatures
    photo: CompactFeatures
    match: Match
    area: AgreeingArea

    def support(self, chance_support: float) -> float:
        """Return what the inliers are worth, where chance gives stored features `chance_support`."""
        return min(self.match.support / CHANCE, MOST_TIMES_CHANCE) * chance_support

    def worth_as_proof(self, support: float) -> float:
        """Return what that is worth in a proof: pixels can only take away here, as keypoints are seen in them."""
        return min(support, self.area.worth_as_proof(support))

    def worth_in_probability(self, support: float) -> float:
        """Return what that is worth in the probability, likewise."""
        return min(support, self.area.worth_in_probability(support))


def match_keypoints(query: SeenPicture, seen: SeenPicture) -> KeypointMatch | None:
    """Match a query, or the part of it that matters, and a photo by their keypoints.

    Returns:
        None if chance gives as much; if both have few keypoints, or either is in black and white, as bright and dark
        alone agree on too much; if one hardly shows the middle of the other, as where only the shelf behind two things
        is the same; if hardly any of the thing agrees in its pixels; and where photos lie on each other as they are: a
        caption or a screen's controls agree so, and stored features find copies (see `glocal.matching.lie_in_place`).
    """
    photo = seen.picture
    if max(len(query.keypoints), len(seen.keypoints)) < LEAST_KEYPOINTS:
        return None
    match = match_features(query.keypoints, seen.keypoints)
    if match.transform is None or match.support <= CHANCE:
        return None
    if lie_in_place(match.transform, query.picture.size, photo.size):
        return None
    shown = share_shown(query.picture, photo, match.transform, query.region)
    if query.region is None:
        shown = min(shown, share_shown(photo, query.picture, np.asarray(np.linalg.inv(match.transform), np.float64)))
    if shown < LEAST_SHOWN:
        return None
    area = agreeing_area(query.picture, photo, match.transform, query.region, closely=True)
    if area.colour_difference is None or (area.close_share or 0.0) < LEAST_AGREEING:
        return None
    return KeypointMatch(query.keypoints, seen.keypoints, match, area)

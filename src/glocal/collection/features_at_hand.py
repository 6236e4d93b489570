"""What a search compares with stored features, where these are at hand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.collection.candidates import Candidate
from glocal.collection.links import AskedWitness, Link, links
from glocal.collection.matched import MatchedHere
from glocal.features import CompactFeatures, View
from glocal.matching import Calibration

Ids = NDArray[np.int64]


class FeaturesAtHand(ABC):
    """Photos by their ids, whose stored features this process reads."""

    @abstractmethod
    def descriptors(self, photos: Sequence[int]) -> tuple[Ids, FloatArray]:
        """Return (ids [n], global descriptors [n, D]) of those of the photos that are indexed."""

    @abstractmethod
    def features(self, photos: Sequence[int]) -> dict[int, CompactFeatures]:
        """Return the local features of those of the photos that are indexed."""

    def similarities(self, photos: Sequence[int], queries: FloatArray) -> tuple[Ids, FloatArray]:
        """Return (ids [n], inner products [n, Q]) of those of the photos that are indexed with descriptors [Q, D]."""
        ids, vectors = self.descriptors(photos)
        return ids, vectors @ queries.T

    def matched(self, views: Sequence[View], candidates: Sequence[Candidate]) -> MatchedHere:
        """Match candidates with the views of a query; those that were removed since they were found are left out."""
        stored = self.features([candidate.photo for candidate in candidates])
        kept = [candidate for candidate in candidates if candidate.photo in stored]
        return MatchedHere.of(views, kept, [stored[candidate.photo] for candidate in kept])

    def witnesses(self, proved: Sequence[tuple[int, NDArray[np.float32]]]) -> list[AskedWitness]:
        """Return what others are matched with, of photos and their inlier points: see `AskedWitness`."""
        features, descriptors = self._known([photo for photo, _ in proved])
        return [
            AskedWitness(photo, points, features[photo], descriptors[photo])
            for photo, points in proved
            if photo in features
        ]

    def linked(
        self, witnesses: Sequence[AskedWitness], photos: Sequence[int], calibration: Calibration
    ) -> dict[int, list[Link]]:
        """Return the links of photos with witnesses, which may be of elsewhere: see `links`."""
        return links(witnesses, *self._known(photos), calibration)

    def _known(self, photos: Sequence[int]) -> tuple[dict[int, CompactFeatures], dict[int, FloatArray]]:
        """Return local features and global descriptors of the photos of which both are there, in the order given."""
        features, (ids, vectors) = self.features(photos), self.descriptors(photos)
        descriptors = dict(zip(ids.tolist(), vectors, strict=True))
        known = [photo for photo in photos if photo in features and photo in descriptors]
        return {photo: features[photo] for photo in known}, {photo: descriptors[photo] for photo in known}

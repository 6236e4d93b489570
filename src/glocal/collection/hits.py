"""The answer to a search. A ranking that is not sorted cannot exist."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from glocal.agreement import AgreeingArea
from glocal.matching import Verdict, verdict_of
from glocal.orientation import UPRIGHT, Orientation

RankBy = Literal["probability", "paper"]
"""How verified hits are ordered: by calibrated probability, or by inliers and then similarity (DELG, section 4)."""


@dataclass(frozen=True)
class Candidate:
    """A photo that was found, and is not verified yet.

    Attributes:
        photo: its id in the collection.
        path: of the photo.
        similarity: inner product of the global descriptors, in [-1, 1]; the greatest over the query's views
            (see `glocal.features.TURNED_PENALTY` for turned ones).
        ways: which ways of laying down the query speak most for it, by number over all views; none: any may.
        background: of the search, as `glocal.matching.background_of` has it; None: too few photos were searched.
    """

    photo: int
    path: Path
    similarity: float
    ways: frozenset[int] = frozenset()
    background: float | None = None


@dataclass(frozen=True, eq=False)
class Place:
    """Where in a photo the thing is.

    Attributes:
        transform: [3, 3] float64, maps pixels of the query to pixels of the photo.
        inlier_points: [I, 4] float32, x, y in pixels of the query, x, y in pixels of the photo.

    Raises:
        ValueError: a shape is wrong.
    """

    transform: NDArray[np.float64]
    inlier_points: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.transform.shape != (3, 3) or self.inlier_points.shape[1:] != (4,):
            raise ValueError(f"a place of transform {self.transform.shape} and points {self.inlier_points.shape}")

    @property
    def inliers(self) -> int:
        """The number of inliers."""
        return len(self.inlier_points)


@dataclass(frozen=True, eq=False)
class Hit:
    """A photo found by a search.

    Attributes:
        photo: its id in the collection.
        path: of the photo.
        similarity: inner product of the global descriptors, in [-1, 1]; the greatest over the query's views
            (see `glocal.features.TURNED_PENALTY` for turned ones).
        inliers: correspondences that agree with `transform`; None if the photo was not verified.
        probability: that it shows the same thing as the query, in [0, 1], as the model's calibration has it; None if
            the model has none.
        transform: [3, 3] float64, maps pixels of the query to pixels of the photo; None if there is none.
        correspondences: pairs of local features that were compared by geometry; None if not verified.
        view: which of the query's views proves it best.
        proved: its inliers are worth more than chance gives: see `Calibration.chance_support`.
        inlier_points: [I, 4] float32, the inliers themselves: x, y in pixels of that view, x, y in pixels of
            the photo.
        agreement: where the pixels of both agree; None if they were not compared.
        photo_size: (width, height) of the photo whose pixels these are; None if not verified.
        further: other places of the photo that show the same part of the query, each proved by itself.
        orientation: how the query was laid down when it proved the photo best; pixels are those of the upright query.

    Raises:
        ValueError: a number is out of range, or only one of inliers and correspondences is given.
    """

    photo: int
    path: Path
    similarity: float
    inliers: int | None
    probability: float | None
    transform: NDArray[np.float64] | None
    correspondences: int | None
    view: int = 0
    proved: bool = False
    inlier_points: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    photo_size: tuple[int, int] | None = None
    orientation: Orientation = UPRIGHT
    agreement: AgreeingArea | None = None
    further: tuple[Place, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """All places of the photo where the thing was found, the best first; none without a transform."""
        return () if self.transform is None else (Place(self.transform, self.inlier_points), *self.further)

    @property
    def verdict(self) -> Verdict:
        """What to say of it: "proved", "likely" or "similar"."""
        return verdict_of(self.probability, proved=self.proved)

    def __post_init__(self) -> None:
        if not -1.01 <= self.similarity <= 1.01 or not 0 <= (self.probability or 0) <= 1:
            raise ValueError(f"similarity {self.similarity} or probability {self.probability} is out of range")
        if (self.inliers is None) != (self.correspondences is None):
            raise ValueError("inliers and correspondences are both known or both not")
        if not 0 <= (self.inliers or 0) <= (self.correspondences or 0):
            raise ValueError(f"{self.inliers} inliers among {self.correspondences} correspondences")
        if self.transform is not None and (self.transform.shape != (3, 3) or self.inliers is None):
            raise ValueError("a transform is [3, 3] and belongs to a verified hit")
        if len(self.inlier_points) not in (0, self.inliers) or self.inlier_points.shape[1:] != (4,):
            raise ValueError(f"{self.inlier_points.shape} inlier points for {self.inliers} inliers")


@dataclass(frozen=True, eq=False)
class Ranking(Sequence[Hit]):
    """Hits, best first: the verified ones, then the others by similarity.

    Attributes:
        hits: the hits.
        by: "probability": verified hits are sorted by probability, then similarity. "paper": by inliers,
            then similarity, as hits of a model without a calibration always are. Equal hits are sorted by path.

    Raises:
        ValueError: the hits are not in this order.
    """

    hits: tuple[Hit, ...]
    by: RankBy = "probability"

    def __post_init__(self) -> None:
        keys = [_key(hit, self.by) for hit in self.hits]
        if any(later < earlier for earlier, later in pairwise(keys)):
            raise ValueError(f"hits are not sorted by {self.by}; use Ranking.of")

    @classmethod
    def of(cls, hits: Iterable[Hit], by: RankBy = "probability") -> Ranking:
        """Sort the hits."""
        return cls(tuple(sorted(hits, key=lambda hit: _key(hit, by))), by)

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> Ranking: ...
    def __getitem__(self, index: int | slice) -> Hit | Ranking:
        """Return a hit, or a part of the ranking."""
        return Ranking(self.hits[index], self.by) if isinstance(index, slice) else self.hits[index]

    def __len__(self) -> int:
        """Return the number of hits."""
        return len(self.hits)


def _key(hit: Hit, by: RankBy) -> tuple[bool, float, float, bytes]:
    verified = hit.inliers is not None
    proof = (hit.inliers or 0) if by == "paper" else hit.probability or 0.0
    return not verified, -proof if verified else 0.0, -hit.similarity, os.fsencode(hit.path)

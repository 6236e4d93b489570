"""The answer to a search. A ranking that is not sorted cannot exist."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glocal import showing
from glocal.agreement import AgreeingArea
from glocal.errors import GlocalError, PhotoError
from glocal.features import Region
from glocal.images import Photo
from glocal.matching import Verdict, verdict_of
from glocal.orientation import UPRIGHT, Orientation

RankBy = Literal["probability", "paper"]
"""How verified hits are ordered: by calibrated probability, or by inliers and then similarity (DELG, section 4)."""


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


@dataclass(frozen=True)
class Witness:
    """A hit that the query proves, and that proves another in turn.

    Attributes:
        photo: its id in the collection.
        path: of the photo.
    """

    photo: int
    path: Path


@dataclass(frozen=True, eq=False)
class Query:
    """What was searched for.

    Attributes:
        photos: one, or several views of one thing; see `Photo`.
        region: the part of the first that mattered, or None.
    """

    photos: tuple[Photo, ...]
    region: Region | None = None


@dataclass(frozen=True, eq=False)
class Hit:
    """A photo found by a search.

    Attributes:
        photo: its id in the collection.
        path: of the photo.
        similarity: inner product of the global descriptors, in [-1, 1]; the greatest over the query's views
            (see `glocal.features.TURNED_PENALTY` for turned ones).
        inliers: correspondences that agree with `transform`; None if the photo was not verified.
        probability: that it shows the same thing as the query, in [0, 1], as the model's calibration has it, in the
            light of the pixels, if they were compared (see `AgreeingArea.weight`); None if the model has none.
        transform: [3, 3] float64, maps pixels of the query to pixels of the photo; None if there is none.
        correspondences: pairs of local features that were compared by geometry; None if not verified.
        view: which of the query's views proves it best.
        proved: its inliers are worth more than chance gives (see `Calibration.chance_support`), in the light of the
            pixels, if they were compared (see `AgreeingArea.proof_weight`), and it is not improbable; or other hits
            prove it; or keypoints do; or it is the query's picture, by its pixels alone.
        inlier_points: [I, 4] float32, the inliers themselves: x, y in pixels of that view, x, y in pixels of
            the photo.
        support: what the inliers are worth as evidence; None if the photo was not verified.
        agreement: where the pixels of both agree; None if they were not compared.
        photo_size: (width, height) of the photo whose pixels these are; None if not verified.
        further: other places of the photo that show the same part of the query, each proved by itself.
        orientation: how the query was laid down when it proved the photo best; pixels are those of the upright query.
        witness: the hit that proves it best, if the query alone does not. Then `transform` leads over that photo, and
            the inliers are features seen in all three.
        by_keypoints: keypoints of the pixels prove it, as stored features are too few (see
            `glocal.agreement.match_keypoints`); inliers and support are theirs.
        among_first: it is one of the first hits of a search, which are looked at by their pixels where these are there.
        query: what was searched for; None: features, or it is not known.

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
    support: float | None = None
    agreement: AgreeingArea | None = None
    further: tuple[Place, ...] = ()
    witness: Witness | None = None
    by_keypoints: bool = False
    among_first: bool = False
    query: Query | None = None

    def __repr__(self) -> str:
        """Return one line."""
        sure = "" if self.probability is None else f", probability {self.probability:.3f}"
        found = "not verified" if self.inliers is None else f"{self.inliers} of {self.correspondences} inliers"
        return f"Hit({str(self.path)!r}, {self.verdict}{sure}, similarity {self.similarity:.3f}, {found})"

    def _repr_html_(self) -> str:
        return showing.html("hit_html", self)

    def draw(self, width: int = 1200) -> Image.Image:
        """Draw the photo beside the query, with lines between what agrees and the outline of what was found.

        Args:
            width: greatest width in pixels.

        Raises:
            GlocalError: the query is not known.
            PhotoError: a photo can no longer be read.
        """
        return Image.fromarray(showing.drawn("hit_picture", self, width))

    def to_dict(self, *, points: bool = False) -> dict[str, Any]:
        """Return all of it but the query, ready for JSON; the transform as three rows.

        Args:
            points: also every inlier, as x, y of the query and x, y of the photo, and the masks of where both agree.
        """
        fields = {
            "path": str(self.path),
            "similarity": round(self.similarity, 4),
            "inliers": self.inliers,
            "correspondences": self.correspondences,
            "probability": None if self.probability is None else round(self.probability, 4),
            "proved": self.proved,
            "verdict": self.verdict,
            "witness": None if self.witness is None else str(self.witness.path),
            "by_keypoints": self.by_keypoints,
            "turned": 90 * self.orientation.quarter_turns,
            "mirrored": self.orientation.mirrored,
            "transform": None if self.transform is None else self.transform.tolist(),
            "further_places": [{"transform": one.transform.tolist(), "inliers": one.inliers} for one in self.further],
            "agreement": None if self.agreement is None else self.agreement.to_dict(masks=points),
        }
        return {**fields, "inlier_points": self.inlier_points.tolist()} if points else fields

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
        by: "probability": verified hits are sorted by probability, then similarity; those looked at by their
            pixels come first, for they were the most probable before, and only they were held to it. "paper": by
            inliers, then similarity, as hits of a model without a calibration always are. Equal hits go by path.
        query: what was searched for; None: features, or it is not known.
        missing_shards: names of the shards of a sharded collection that did not answer: photos there were not found.

    Raises:
        ValueError: the hits are not in this order.
    """

    hits: tuple[Hit, ...]
    by: RankBy = "probability"
    query: Query | None = None
    missing_shards: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return one line."""
        counts = Counter(hit.verdict for hit in self.hits)
        said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in get_args(Verdict) if counts[verdict])
        without = f", without {', '.join(self.missing_shards)}" if self.missing_shards else ""
        return f"Ranking({len(self)} hits{': ' if said else ''}{said}{without})"

    def _repr_html_(self) -> str:
        return showing.html("ranking_html", self)

    def answering(self, query: Query) -> Ranking:
        """Return the same, and each of its hits, as the answer to a query."""
        return replace(self, hits=tuple(replace(hit, query=query) for hit in self.hits), query=query)

    def missing(self, *shards: str) -> Ranking:
        """Return the same, as the answer that these shards did not give."""
        return replace(self, missing_shards=tuple(sorted(set(shards))))

    def save(self, file: str | os.PathLike[str]) -> list[PhotoError]:
        """Draw it into a page (.html) or a contact sheet (.png, .jpg, .webp).

        Returns:
            The reason for each hit that was left out, as its photo can no longer be read.

        Raises:
            GlocalError: the query is not known.
            PhotoError: the suffix is unknown, a query is gone, or the file cannot be written.
        """
        left_out: list[PhotoError] = showing.drawn("save", Path(file), self)
        return left_out

    def to_dict(self, *, points: bool = False) -> dict[str, Any]:
        """Return the hits as `Hit.to_dict` does, and what they are sorted by."""
        return {"by": self.by, "hits": [hit.to_dict(points=points) for hit in self.hits]}

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame, a row a hit.

        Raises:
            GlocalError: pandas is not installed.
        """
        try:
            from pandas import DataFrame
        except ModuleNotFoundError as error:
            raise GlocalError("a data frame needs pandas; install it with: pip install pandas") from error
        return DataFrame([hit.to_dict() for hit in self.hits])

    def __post_init__(self) -> None:
        keys = [_key(hit, self.by) for hit in self.hits]
        if any(later < earlier for earlier, later in pairwise(keys)):
            raise ValueError(f"hits are not sorted by {self.by}; use Ranking.of")

    @classmethod
    def of(cls, hits: Iterable[Hit], by: RankBy = "probability", query: Query | None = None) -> Ranking:
        """Sort the hits."""
        return cls(tuple(sorted(hits, key=lambda hit: _key(hit, by))), by, query)

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> Ranking: ...
    def __getitem__(self, index: int | slice) -> Hit | Ranking:
        """Return a hit, or a part of the ranking."""
        return replace(self, hits=self.hits[index]) if isinstance(index, slice) else self.hits[index]

    def __len__(self) -> int:
        """Return the number of hits."""
        return len(self.hits)


def _key(hit: Hit, by: RankBy) -> tuple[bool, bool, float, float, bytes]:
    verified = hit.inliers is not None
    proof = (hit.inliers or 0) if by == "paper" else hit.probability or 0.0
    later = by == "probability" and not hit.among_first
    return not verified, later, -proof if verified else 0.0, -hit.similarity, os.fsencode(hit.path)

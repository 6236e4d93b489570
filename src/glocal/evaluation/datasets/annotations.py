"""Who is right for whom: the annotations of a set in the form of revisited Oxford and Paris."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from glocal.arrays import IntArray
from glocal.evaluation.errors import EvaluationError

Box = tuple[float, float, float, float]
"""(x1, y1, x2, y2) in pixels of the query photo."""


class Protocol(Enum):
    """Which photos count as positive; the others of `easy`, `hard`, `junk` are taken out of the ranking."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


_POSITIVE = {
    Protocol.EASY: ("easy",),
    Protocol.MEDIUM: ("easy", "hard"),
    Protocol.HARD: ("hard",),
}
_JUNK = {
    Protocol.EASY: ("junk", "hard"),
    Protocol.MEDIUM: ("junk",),
    Protocol.HARD: ("junk", "easy"),
}


@dataclass(frozen=True, eq=False)
class Query:
    """One query and its labelled database photos. Rows of the database that are not named are negative.

    Attributes:
        name: the query photo, without suffix.
        box: the part of the query photo that is searched for; None for the whole photo.
        easy: [E] int64, database rows that clearly show it.
        hard: [H] int64, database rows that show it under difficult conditions.
        junk: [J] int64, database rows that neither help nor harm.
    """

    name: str
    box: Box | None
    easy: IntArray
    hard: IntArray
    junk: IntArray

    def __post_init__(self) -> None:
        for kind in ("easy", "hard", "junk"):
            rows = np.sort(np.asarray(getattr(self, kind), np.int64).reshape(-1))
            rows.flags.writeable = False
            object.__setattr__(self, kind, rows)
        if len(np.unique(self.labelled)) != len(self.labelled):
            raise EvaluationError(f"query {self.name}: a photo is labelled twice among easy, hard and junk")
        if self.box is not None and not _is_box(self.box):
            raise EvaluationError(f"query {self.name}: box {list(self.box)} is not x1 < x2, y1 < y2")

    @property
    def labelled(self) -> IntArray:
        """[L] int64: all rows that have a label."""
        return np.concatenate([self.easy, self.hard, self.junk])

    def positives(self, protocol: Protocol) -> IntArray:
        """Return the database rows that count as right, ascending, [P] int64."""
        return np.sort(np.concatenate([getattr(self, kind) for kind in _POSITIVE[protocol]]))

    def ignored(self, protocol: Protocol) -> IntArray:
        """Return the database rows that are taken out of the ranking, ascending, [J] int64."""
        return np.sort(np.concatenate([getattr(self, kind) for kind in _JUNK[protocol]]))


@dataclass(frozen=True, eq=False)
class Annotations:
    """The photos of a set and its queries.

    Attributes:
        photos: N database photos, without suffix, in the order of the descriptors.
        queries: Q queries.

    Raises:
        EvaluationError: no photos or queries, a photo named twice, or a label outside the list.
    """

    photos: tuple[str, ...]
    queries: tuple[Query, ...]

    def __post_init__(self) -> None:
        if not self.photos or not self.queries:
            raise EvaluationError(f"annotations with {len(self.photos)} photos and {len(self.queries)} queries")
        if len(set(self.photos)) != len(self.photos):
            raise EvaluationError("the annotations name a database photo twice")
        for query in self.queries:
            outside = query.labelled[(query.labelled < 0) | (query.labelled >= len(self.photos))]
            if len(outside):
                raise EvaluationError(
                    f"query {query.name}: label {outside[0]} points outside the list of {len(self.photos)} photos"
                )


def _is_box(box: Box) -> bool:
    """Tell whether a box has an area and finite corners."""
    return bool(np.isfinite(box).all()) and box[0] < box[2] and box[1] < box[3]

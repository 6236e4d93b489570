"""The measures of Google Landmarks v2: mAP@100 for retrieval, global average precision for recognition.

Source: Weyand, Araujo, Cao, Sim, "Google Landmarks Dataset v2", CVPR 2020, and the metric code published with
DELF; both follow the Kaggle challenges of 2019. Neither AP is the trapezoidal one of revisited Oxford and Paris.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from glocal.evaluation.errors import EvaluationError

Answer = TypeVar("Answer", str, int)

RETRIEVAL_DEPTH = 100
INLIER_CAP = 70
SIMILARITY_WEIGHT = 0.25
"""DELG, section 5.3: score of an image = min(70, inliers) / 70 + 0.25 * global similarity."""


@dataclass(frozen=True)
class Solution(Generic[Answer]):
    """The right answers of a challenge, by test photo. An empty list means that the photo shows no landmark.

    Attributes:
        public, private: the two parts that are scored, always apart.
        ignored: test photos that are not scored.
    """

    public: Mapping[str, tuple[Answer, ...]]
    private: Mapping[str, tuple[Answer, ...]]
    ignored: frozenset[str]


@dataclass(frozen=True)
class Recognition:
    """One recognised landmark: its class and how sure (any scale, larger is surer)."""

    landmark: int
    score: float


def mean_average_precision(
    predictions: Mapping[str, Sequence[str]], solution: Mapping[str, Collection[str]], depth: int = RETRIEVAL_DEPTH
) -> float:
    """Return the mAP@100 of retrieval.

    The AP of a query is the sum of the precision at each right photo among the first `depth`, divided by
    min(right photos, depth). A photo named a second time takes a place but is not right again.

    Args:
        predictions: test photo to index photos, best first; a missing photo scores 0.
        solution: test photo to its right index photos. Queries without any are left out of the mean.
        depth: how many predictions count.

    Returns:
        A number in [0, 1].

    Raises:
        EvaluationError: a prediction for an unknown photo, or no query with right answers.
    """
    _check_known(predictions, solution)
    total, count = 0.0, 0
    for query, right in solution.items():
        if not right:
            continue
        count += 1
        wanted, found = set(right), 0
        precision = 0.0
        for place, name in enumerate(predictions.get(query, ())[:depth], start=1):
            if name in wanted:
                wanted.remove(name)
                found += 1
                precision += found / place
        total += precision / min(len(set(right)), depth)
    if not count:
        raise EvaluationError("the solution has no query with right answers")
    return total / count


def global_average_precision(predictions: Mapping[str, Recognition], solution: Mapping[str, Collection[int]]) -> float:
    """Return the global average precision (GAP, also called microAP) of recognition.

    All predictions of all photos form one list, surest first (then by photo, then by class). GAP is the sum of
    the precision at each right one, divided by the number of photos that show a landmark. A prediction for a
    photo that shows none is wrong.

    Args:
        predictions: test photo to its one prediction; a photo may be left out.
        solution: test photo to its right classes, empty where it shows no landmark.

    Returns:
        A number in [0, 1].

    Raises:
        EvaluationError: a prediction for an unknown photo, or no photo shows a landmark.
    """
    _check_known(predictions, solution)
    positives = sum(1 for right in solution.values() if right)
    if not positives:
        raise EvaluationError("no photo of the solution shows a landmark")
    ordered = sorted(predictions.items(), key=lambda item: (-item[1].score, item[0], item[1].landmark))
    total, right = 0.0, 0
    for place, (photo, prediction) in enumerate(ordered, start=1):
        if prediction.landmark in solution[photo]:
            right += 1
            total += right / place
    return total / positives


def recognise(candidates: Iterable[tuple[int, float, int]]) -> Recognition | None:
    """Name the landmark of one test photo from its best matches among the labelled photos.

    Each match gives its class min(70, inliers) / 70 + 0.25 * similarity; the class with the largest sum wins,
    of equal ones the smaller number.

    Args:
        candidates: (class, similarity, inliers) of each match.

    Returns:
        The class and its summed score; None without candidates.
    """
    sums: dict[int, float] = {}
    for landmark, similarity, inliers in candidates:
        score = min(INLIER_CAP, inliers) / INLIER_CAP + SIMILARITY_WEIGHT * similarity
        sums[landmark] = sums.get(landmark, 0.0) + score
    if not sums:
        return None
    best = min(sums, key=lambda landmark: (-sums[landmark], landmark))
    return Recognition(best, sums[best])


def _check_known(predictions: Iterable[str], solution: Mapping[str, object]) -> None:
    for photo in predictions:
        if photo not in solution:
            raise EvaluationError(f"a prediction for {photo}, which the solution does not list")

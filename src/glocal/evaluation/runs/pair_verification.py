"""Verification: do two photos show the same thing? Average precision of the scores that decide it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.errors import PhotoError
from glocal.evaluation.datasets import require_photos
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.result import Evaluation, ProtocolResult
from glocal.evaluation.setting import environment, model_setting
from glocal.evaluation.stopwatch import Stopwatch
from glocal.extraction import Model
from glocal.features import Features, View
from glocal.pair import compare, known_calibration
from glocal.progress import OnProgress, silent

_SAME = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True)
class LabelledPair:
    """Two photos, and whether they show the same thing."""

    a: Path
    b: Path
    same: bool


def verification_average_precision(scores: NDArray[np.floating], same: NDArray[np.bool_]) -> float:
    """Return the average precision of deciding "same" by a threshold on a score.

    The sum over all thresholds of precision times the step in recall; pairs of equal score enter together,
    so their order cannot matter. Not interpolated, not trapezoidal.

    Args:
        scores: [P] floats, larger means surer.
        same: [P] bool.

    Returns:
        A number in [0, 1].

    Raises:
        EvaluationError: no pair shows the same thing, or a score is not a number.
    """
    if not same.any():
        raise EvaluationError("no pair shows the same thing, so there is nothing to find")
    if np.isnan(scores).any():
        raise EvaluationError("a score is not a number")
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(same[order])
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    precision = found[last] / (last + 1)
    recall = found[last] / found[-1]
    return float(np.sum(precision * np.diff(recall, prepend=0.0)))


def read_pairs(path: Path) -> tuple[LabelledPair, ...]:
    """Read pairs from a CSV file with the columns a, b, same; paths are relative to the file.

    Raises:
        EvaluationError: the file is missing or malformed, or photos are missing.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EvaluationError(f"{path}: pairs cannot be read ({error})") from None
    pairs = []
    for number, row in enumerate(rows, start=2):
        same = _SAME.get(str(row.get("same")).strip().lower())
        if same is None or not row.get("a") or not row.get("b"):
            raise EvaluationError(f"{path}: line {number} needs a, b and same (1 or 0)")
        pairs.append(LabelledPair(path.parent / row["a"], path.parent / row["b"], same))
    require_photos(sorted({photo for pair in pairs for photo in (pair.a, pair.b)}), str(path))
    return tuple(pairs)


def evaluate_pairs(pairs: Sequence[LabelledPair], model: Model, on_stage: OnProgress = silent) -> Evaluation:
    """Measure how well similarity, inliers and probability tell pairs of the same thing from others.

    Args:
        pairs: the pairs.
        model: what extracts; its calibration, if it has one, gives the probability.
        on_stage: called with (stage, done, all).

    Raises:
        EvaluationError: a photo cannot be read, or no pair shows the same thing.
    """
    watch = Stopwatch()
    photos = sorted({photo for pair in pairs for photo in (pair.a, pair.b)})
    with watch.stage("extract") as costs:
        features = _extract(photos, model, on_stage)
        costs.items = len(features)
    calibration = known_calibration(model.card, model.preset.name)
    scores: dict[str, list[float]] = {"similarity": [], "inliers": [], "probability": []}
    views = {path: View.of(one) for path, one in features.items()}
    with watch.stage("match") as costs:
        for pair in pairs:
            found = compare(views[pair.a], views[pair.b], calibration)
            scores["similarity"].append(found.similarity)
            scores["inliers"].append(found.inliers)
            if found.probability is not None:
                scores["probability"].append(found.probability)
            costs.items += 1
            on_stage("match", costs.items, len(pairs))
    same = np.array([pair.same for pair in pairs])
    results = tuple(
        ProtocolResult(name, {"AP": verification_average_precision(np.array(values, np.float64), same)})
        for name, values in scores.items()
        if values
    )
    setting = {**model_setting(model), "pairs": len(pairs), "same": int(same.sum()), **environment()}
    return Evaluation("pairs", results, setting, tuple(watch.stages))


def _extract(photos: Sequence[Path], model: Model, on_stage: OnProgress) -> dict[Path, Features]:
    found = {}
    for path, features in model.extract_many(photos):
        if isinstance(features, PhotoError):
            raise EvaluationError(f"{path}: {features.reason}; every photo of the pairs is needed")
        found[path] = features
        on_stage("extract", len(found), len(photos))
    return found

"""Re-ranking one query's candidates: ours from features as stored, beside three other methods on the same photos."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import verifiers
from benchmarks.effort import Effort
from benchmarks.labelled import LabelledPhotos, Score, by_inliers, by_probability, mean_average_precision, ours
from benchmarks.photos import collection_of, strongest
from benchmarks.report import Section, Target
from benchmarks.timing import interleaved
from glocal.collection import Collection
from glocal.collection.catalog import CATALOG, Catalog
from glocal.extraction import Model
from glocal.features import Features, View
from glocal.matching import match_many
from glocal.pair import calibration_of

CANDIDATES = 100
LIMITS = (1000, 500)
THREADS = 2


@dataclass(frozen=True)
class Timed:
    """Seconds for all candidates of one query, by method, and for the first inlier count of ours."""

    candidates: int
    features: float
    seconds: dict[str, float]
    first: float


Value = TypeVar("Value")

OURS, TENSORFLOW, OPENCV, PRODUCT = "glocal", "TensorFlow DELG", "OpenCV USAC", "float32 product"


def run(model: Model, features: dict[Path, Features], labelled: LabelledPhotos, effort: Effort) -> Section:
    """Time all methods and measure the mAP of each.

    Args:
        model: made the features, with a limit of at least 1000.
        features: of the query (the first photo) and its candidates.
        labelled: photos to measure mAP on.
        effort: how much to measure.
    """
    timings = {}
    for limit in LIMITS:
        with collection_of(model, features, limit) as collection:
            cut = {path: strongest(found, limit) for path, found in features.items()}
            with threadpool_limits(1, "blas"):  # else its threads, waiting for work in a loop, slow down the others
                timings[limit] = _time(collection, cut, effort)
    sample = labelled.sampled(effort.queries)
    precision = _precision(model, sample, effort.depth)
    rows = [
        (
            name,
            *(f"{1000 * timings[limit].seconds[name]:.1f}" for limit in LIMITS),
            *(f"{timings[limit].seconds[name] / timings[limit].seconds[OURS]:.1f}" for limit in LIMITS),
            f"{precision[name]:.2f}",
        )
        for name in (OURS, TENSORFLOW, OPENCV, PRODUCT)
    ]
    rows += [
        (name, "", "", "", "", f"{precision[name]:.2f}") for name in precision if name not in timings[1000].seconds
    ]
    return Section(
        title=f"Re-ranking {timings[1000].candidates} candidates",
        header=("method", "ms at 1000", "ms at 500", "x glocal at 1000", "x glocal at 500", "mAP at 1000"),
        rows=tuple(rows),
        targets=_targets(timings[1000], precision),
        notes=_notes(timings, sample, effort),
    )


def _notes(timings: dict[int, Timed], sample: LabelledPhotos, effort: Effort) -> tuple[str, ...]:
    """Return how time and mAP were measured."""
    candidates = timings[1000].candidates
    return (
        (
            f"{candidates} candidates with {timings[1000].features:.0f} and {timings[500].features:.0f} local "
            "features on average (limits of 1000 and 500). Ours reads them from the collection's SQLite file, "
            "unpacks them and matches on two threads; the others get theirs in memory, for nothing."
        ),
        (
            "TensorFlow DELG: the method of its public code (scipy cKDTree, distance bound "
            f"{verifiers.DISTANCE:g}, scikit-image affine RANSAC, {verifiers.TRIALS} trials, residual "
            f"{verifiers.RESIDUAL:g}), one thread as published, timed once, after the others, on "
            f"{effort.slow_candidates} candidates spread evenly over the list and scaled. "
            "OpenCV runs on two threads, and so does the matrix product, one candidate each."
        ),
        (
            f"mAP: {len(sample.queries)} queries among {len(sample.features)} photos of "
            f"{len(set(sample.identities))} identities, the first {effort.depth} candidates sorted anew: ours by "
            "probability, as a search does, and in a row of its own by inliers; the others by inliers; equal "
            "ones by similarity. One set of features for all."
        ),
        f"The first inlier count of ours is there after {1000 * timings[1000].first:.2f} ms.",
    )


def _time(collection: Collection, features: dict[Path, Features], effort: Effort) -> Timed:
    query_path, query = next(iter(features.items()))
    nearest = collection.candidates([View.of(query)], CANDIDATES + 1)
    found = [candidate for candidate in nearest if candidate.path != query_path][:CANDIDATES]
    floats = [features[candidate.path] for candidate in found]
    codes, code = [value.compact() for value in floats], query.compact()
    slow = floats[:: max(1, len(floats) // effort.slow_candidates)][: effort.slow_candidates]
    with_catalog = Catalog(collection.directory / CATALOG)
    ids = [candidate.photo for candidate in found]

    def stored(wanted: Sequence[int]) -> None:
        with with_catalog.snapshot() as snapshot:
            read = snapshot.features(wanted)
        match_many(code, [read[photo] for photo in wanted], workers=THREADS)

    try:
        seconds = interleaved(
            {
                OURS: lambda: stored(ids),
                OPENCV: lambda: _all(lambda b: verifiers.opencv(code, b), codes),
                PRODUCT: lambda: _all(lambda b: verifiers.matrix_product(query, b), floats),
            },
            effort.rounds,
        )
        first = interleaved({OURS: lambda: stored(ids[:1])}, 10 * effort.rounds)[OURS]
    finally:
        with_catalog.close()
    start = time.perf_counter()
    for value in slow:
        verifiers.tensorflow(query, value)
    seconds[TENSORFLOW] = (time.perf_counter() - start) * len(floats) / len(slow)
    return Timed(len(found), float(np.mean([len(value) for value in floats])), seconds, first)


def _all(verify: Callable[[Value], object], candidates: Sequence[Value]) -> list[object]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(verify, candidates))


def _precision(model: Model, photos: LabelledPhotos, depth: int) -> dict[str, float]:
    floats = photos.features
    codes = [value.compact() for value in floats]
    calibration = calibration_of(model.card, model.preset.name)

    scores: dict[str, Score | None] = {
        "not re-ranked": None,
        OURS: by_probability(ours(codes), photos, calibration),
        "glocal by inliers": by_inliers(ours(codes)),
        TENSORFLOW: by_inliers(lambda a, b: verifiers.tensorflow(floats[a], floats[b])),
        OPENCV: by_inliers(lambda a, b: verifiers.opencv(codes[a], codes[b])),
        PRODUCT: by_inliers(lambda a, b: verifiers.matrix_product(floats[a], floats[b])),
    }
    return {name: mean_average_precision(photos, score, depth) for name, score in scores.items()}


def _targets(timed: Timed, precision: dict[str, float]) -> tuple[Target, ...]:
    ratio = timed.seconds[TENSORFLOW] / timed.seconds[OURS]
    gain = precision[OURS] - precision[TENSORFLOW]
    busy = "bound by the Hamming distances of all pairs of features and by geometry"
    return (
        Target("re-ranking, 1000 features, reading included", 1000 * timed.seconds[OURS], 100, "ms", True, busy),
        Target("first inlier count", 1000 * timed.first, 10, "ms", True, busy),
        Target("times faster than the TensorFlow method", ratio, 300, "x", False, busy),
        Target("mAP above that of the TensorFlow method", gain, 0, "points", False, "see the mAP column"),
    )

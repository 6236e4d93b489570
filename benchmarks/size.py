"""Size: bytes per photo on disk in all, and what binary codes cost in mAP against float32 descriptors."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from benchmarks import verifiers
from benchmarks.labelled import LabelledPhotos, Score, Verify, by_inliers, by_probability, mean_average_precision, ours
from benchmarks.photos import collection_of, strongest
from benchmarks.report import Section, Target
from glocal.extraction import Model
from glocal.features import Features, View
from glocal.matching import Calibration
from glocal.pair import calibration_of

LIMITS = {1000: 24.0, 500: 12.0}
"""Local features a photo to the target in kilobytes (1000 bytes), without the local index."""

MOST_IN_ALL = 36.0
"""Kilobytes a photo with the default preset's limit, which is the last above, and with the local index."""

MOST_LOST = 0.5
"""Points of mAP that codes may cost."""


def run(model: Model, features: dict[Path, Features], labelled: LabelledPhotos, queries: int, depth: int) -> Section:
    """Measure disk and mAP at both limits.

    Args:
        model: made the features, with a limit of at least 1000.
        features: of the photos that are stored.
        labelled: photos to measure mAP on.
        queries, depth: searches, and candidates re-ranked in each.
    """
    sample = labelled.sampled(queries)
    rows, targets = [], []
    for limit, target in LIMITS.items():
        stored, listed, mean = _on_disk(model, features, limit)
        by_order = _precisions(sample, limit, depth, calibration_of(model.card, model.preset.name))
        plain = sum(4 * (5 + value.descriptors.shape[1]) * min(len(value), limit) for value in features.values())
        rows.append(
            (
                str(limit),
                f"{mean:.0f}",
                f"{stored:.2f}",
                f"{listed:.2f}",
                f"{plain / len(features) / 1000:.0f}",
                *(f"{codes:.2f}, {floats:.2f}" for codes, floats in by_order),
            )
        )
        why = "the photo's row, path, hash and global descriptor come on top of 20 bytes a feature"
        targets.append(Target(f"size at {limit} features, without local index", stored, target, "KB", True, why))
        why = "128 signs say less than 128 floats"
        codes, floats = by_order[0]
        targets.append(Target(f"mAP lost by codes, {limit} features", floats - codes, MOST_LOST, "points", True, why))
    why = "the local index lists each feature once more"
    targets.append(Target(f"size at {limit} features, in all", stored + listed, MOST_IN_ALL, "KB", True, why))
    return Section(
        title="Size",
        header=(
            "features",
            "mean stored",
            "KB a photo",
            "KB of local index",
            "KB as float32",
            "mAP of codes, float32",
            "by inliers alone",
        ),
        rows=tuple(rows),
        targets=tuple(targets),
        notes=_notes(len(features), sample, depth),
    )


def _notes(photos: int, sample: LabelledPhotos, depth: int) -> tuple[str, str]:
    """Return how disk and mAP were measured."""
    return (
        (
            f"Disk: all files of a collection of {photos} photos, the cached global index too, closed, "
            "divided by the photos (KB: 1000 bytes); the local index, which candidates are voted for in, apart. "
            "As float32: descriptors, positions, scale and attention, nothing else; the paper states 483 KB."
        ),
        (
            f"mAP: {len(sample.queries)} queries among {len(sample.features)} photos, the first {depth} "
            "candidates sorted by probability, as a search does, and by inliers alone, then similarity. Float32 "
            "descriptors are matched by mutual nearest neighbours with the same bound on the angle, and verified "
            "by the same geometry; the probability is that of the model's card, which was fitted to codes."
        ),
    )


def _on_disk(model: Model, features: dict[Path, Features], limit: int) -> tuple[float, float, float]:
    """Return kilobytes a photo without local index and of it, and the mean number of local features a photo."""
    with collection_of(model, features, limit) as collection:
        some = next(iter(features.values()))
        collection.candidates([View.of(some)], 1)  # the first search writes the indexes
        collection.close()
        sizes = {file.name: file.stat().st_size / 1000 for file in collection.directory.iterdir()}
    listed = sum(size for name, size in sizes.items() if name.startswith("local"))
    mean = float(np.mean([min(len(value), limit) for value in features.values()]))
    return (sum(sizes.values()) - listed) / len(features), listed / len(features), mean


def _precisions(
    photos: LabelledPhotos, limit: int, depth: int, calibration: Calibration
) -> tuple[tuple[float, float], ...]:
    """Return the mAP of codes and of float32 descriptors, sorted by probability, then the same by inliers."""
    floats = [strongest(value, limit) for value in photos.features]
    codes = [value.compact() for value in floats]

    verified = cache(ours(codes))

    @cache
    def product(a: int, b: int) -> verifiers.Found:
        return verifiers.matrix_product(floats[a], floats[b])

    def measured(score: Score) -> float:
        return mean_average_precision(photos, score, depth)

    def probable(verify: Verify) -> Score:
        return by_probability(verify, photos, calibration)

    return tuple((measured(order(verified)), measured(order(product))) for order in (probable, by_inliers))

"""Pairs of photos, and how well local features tell those of the same thing from others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from glocal.evaluation.runs import verification_average_precision
from glocal.features import Features
from glocal.matching import FARTHEST, Match, match_features, verify

PAIRS = 1000
"""About this many pairs of the same thing, and as many of different things, are compared."""

LEAST_COSINE = math.cos(math.pi * FARTHEST)
"""The bound on float correspondences: the signs of two vectors differ in angle / pi of their bits on average
over random rotations (Charikar, STOC 2002), so this is the angle at which codes stand at `FARTHEST`."""


def draw_pairs(identities: Sequence[str], count: int = PAIRS) -> list[tuple[int, int, bool]]:
    """Return (row, row, same) of pairs, the same ones for the same identities.

    Each identity gives as many pairs of the same thing as the others, and so does each pair of identities of
    different things, as far as they have photos for it: a much photographed building decides no more than another.
    """
    rows: dict[str, list[int]] = {}
    for row, identity in enumerate(identities):
        rows.setdefault(identity, []).append(row)
    random = np.random.default_rng(0)
    alike = [list(combinations(group, 2)) for group in rows.values()]
    unlike = [list(product(a, b)) for a, b in combinations(rows.values(), 2)]
    pairs = []
    for groups, same in ((alike, True), (unlike, False)):
        quota = math.ceil(count / max(len(groups), 1))
        for group in groups:
            chosen = sorted(random.permutation(len(group))[:quota].tolist())
            pairs += [(*group[place], same) for place in chosen]
    return pairs


def match_floats(a: Features, b: Features) -> Match:
    """Match two photos as `match_features` does, but by the cosine of the float descriptors.

    Raises:
        ValueError: the descriptors of a and b differ in length.
    """
    cosine = a.descriptors @ b.descriptors.T
    if not cosine.size:
        return Match(np.empty((0, 2), np.int32), np.empty(0, np.bool_), None, 0.0)
    nearest_b, nearest_a = cosine.argmax(axis=1), cosine.argmax(axis=0)
    rows = np.flatnonzero(nearest_a[nearest_b] == np.arange(len(nearest_b)))
    rows = rows[cosine[rows, nearest_b[rows]] >= LEAST_COSINE]
    pairs = np.stack([rows, nearest_b[rows]], axis=1).astype(np.int32)
    # Verification looks at the order of distances only, and takes whole numbers.
    distances = np.round((1.0 - cosine[rows, nearest_b[rows]]) * 2**20).astype(np.int32)
    transform, weights = verify(a, b, pairs, distances)
    return Match(pairs, weights > 0, transform, float(weights.sum()))


def pair_precisions(features: Sequence[Features], identities: Sequence[str]) -> dict[str, float]:
    """Return the average precision, in [0, 1], of finding pairs of the same thing by each score.

    Args:
        features: of N photos.
        identities: N identities.

    Returns:
        "AP inliers" and "AP correspondences" with the binary codes that a collection stores, and "AP float ..."
        with float descriptors.

    Raises:
        EvaluationError: no identity has two photos.
    """
    pairs = draw_pairs(identities)
    compact = [one.compact() for one in features]
    scores: dict[str, list[float]] = {}
    for a, b, _ in pairs:
        for kind, match in (
            ("", match_features(compact[a], compact[b])),
            ("float ", match_floats(features[a], features[b])),
        ):
            scores.setdefault(f"AP {kind}inliers", []).append(match.inlier_count)
            scores.setdefault(f"AP {kind}correspondences", []).append(len(match))
    same: NDArray[np.bool_] = np.array([same for *_, same in pairs], np.bool_)
    return {name: verification_average_precision(np.array(values), same) for name, values in scores.items()}

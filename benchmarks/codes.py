"""What local codes of 1, 2 and 4 bits a dimension cost in mAP against float32 descriptors.

Thermometer codes: a dimension is compared with thresholds at equal quantiles of all photos' values, and two codes
differ in as many bits as thresholds lie between them. One bit a dimension is the sign, as collections store it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks import verifiers
from benchmarks.labelled import LabelledPhotos, Verify, by_inliers, mean_average_precision
from benchmarks.photos import strongest
from benchmarks.report import Section, Target
from glocal.arrays import ByteArray, FloatArray
from glocal.features import Features
from glocal.matching import FARTHEST, verify
from glocal.matching.hamming import mutual_nearest

BITS = (1, 2, 4)
MOST_LOST = 0.5
"""Points of mAP that the stored codes may cost."""


def run(labelled: LabelledPhotos, queries: int, depth: int, limit: int = 1000) -> Section:
    """Measure the mAP of each code width.

    Args:
        labelled: photos to measure mAP on.
        queries, depth: searches, and candidates re-ranked in each.
        limit: local features a photo.
    """
    sample = labelled.sampled(queries)
    photos = [strongest(value, limit) for value in sample.features]
    product = by_inliers(lambda a, b: verifiers.matrix_product(photos[a], photos[b]))
    exact = mean_average_precision(sample, product, depth)
    dimensions = photos[0].descriptors.shape[1]
    rows = [("float32", f"{dimensions * 32}", f"{exact:.2f}", "")]
    lost = {}
    for bits in BITS:
        codes = _codes(photos, bits)
        farthest = _farthest(bits) * dimensions * bits
        found = mean_average_precision(sample, by_inliers(_verify(photos, codes, farthest)), depth)
        lost[bits] = exact - found
        rows.append((f"{bits} bits a dimension", f"{dimensions * bits}", f"{found:.2f}", f"{lost[bits]:.2f}"))
    return Section(
        title="Codes",
        header=("local descriptors", "bits", "mAP", "points lost"),
        rows=tuple(rows),
        targets=(Target("mAP lost by codes, the default width", lost[1], MOST_LOST, "points", True, "signs say less"),),
        notes=(
            (
                f"{len(sample.queries)} queries among {len(photos)} photos with at most {limit} features, the first "
                f"{depth} candidates sorted by inliers, then similarity; the same geometry for all. The bound on the "
                "distance is the same share of the distance expected of unrelated features."
            ),
        ),
    )


def _codes(photos: Sequence[Features], bits: int) -> list[ByteArray]:
    values = np.concatenate([photo.descriptors for photo in photos])
    quantiles = np.arange(1, bits + 1) / (bits + 1)
    thresholds: FloatArray = np.zeros((1, values.shape[1]), np.float32)
    if bits > 1:
        thresholds = np.quantile(values[:: max(1, len(values) // 20_000)], quantiles, axis=0).astype(np.float32)
    return [np.packbits((photo.descriptors[:, None] > thresholds).reshape(len(photo), -1), axis=1) for photo in photos]


def _farthest(bits: int) -> float:
    """Return the bound as a share of all bits; unrelated features differ in 2 p (1 - p) at the quantile p."""
    quantiles = np.arange(1, bits + 1) / (bits + 1)
    return FARTHEST * float((2 * quantiles * (1 - quantiles)).mean()) / 0.5


def _verify(photos: Sequence[Features], codes: Sequence[ByteArray], farthest: float) -> Verify:
    def found(a: int, b: int) -> verifiers.Found:
        pairs, distances = mutual_nearest(codes[a], codes[b])
        near = distances <= farthest
        _, weights = verify(photos[a], photos[b], pairs[near], distances[near])
        return verifiers.Found(int(np.count_nonzero(weights)), len(weights))

    return found

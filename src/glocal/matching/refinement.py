"""Refine a hypothesis to the affine transform that its inliers agree on (the LO of LO-RANSAC)."""

from __future__ import annotations

import numpy as np

from glocal.arrays import DoubleArray
from glocal.compiled import compiled

_MAX_STRETCH = 3.0


@compiled
def is_plausible(transform: DoubleArray) -> bool:
    """Tell whether a transform [6] could map one photo of a thing onto another.

    It must not mirror, and not stretch one direction more than three times as much as another (a facade seen from 70
    degrees aside). How much it scales, the features' own scales decide (see `inlier_weights`): a file of 6000
    pixels and its thumbnail of 200 were looked at in pictures of like size.
    """
    a, b, _, d, e, _ = transform
    area = a * e - b * d
    # With singular values s >= t: (a^2 + b^2 + d^2 + e^2) / area = s/t + t/s.
    return bool(a * a + b * b + d * d + e * e < area * (_MAX_STRETCH + 1.0 / _MAX_STRETCH))  # false if area <= 0


@compiled
def inlier_weights(transform: DoubleArray, points: DoubleArray, tolerance: float) -> DoubleArray:
    """Return for every point [6, M] its weight [M] in [0, 1]: 1 - (residual / allowed)^2, 0 for an outlier.

    The location of a feature is as coarse as the network's input pixels at its scale, so the residual
    allowed, in pixels of photo b, is `tolerance` times the root of its squared scale in b plus its squared
    scale in a as mapped into b. An inlier's mapped scale must also be within a factor of two of that in b.
    The sum of weights is the gain of MSAC (Torr and Zisserman, "MLESAC", 2000).
    """
    a, b, c, d, e, f = transform
    area = abs(a * e - b * d)
    weights = np.zeros(points.shape[1])
    for i in range(points.shape[1]):
        x, y, u, v, scale_a, scale_b = points[:, i]
        mapped = area * scale_a
        if not 0.25 * scale_b < mapped < 4.0 * scale_b:
            continue
        residual = (a * x + b * y + c - u) ** 2 + (d * x + e * y + f - v) ** 2
        weights[i] = max(0.0, 1.0 - residual / (tolerance * tolerance * (mapped + scale_b)))
    return weights


@compiled
def fit_affine(points: DoubleArray, weights: DoubleArray, prior: float) -> DoubleArray:
    """Return the affine transform [6] of least weighted squared residuals, drawn towards a similarity.

    Args:
        points: [6, M]; a residual counts relative to the point's scale in b.
        weights: [M], >= 0, not all zero.
        prior: how many correspondences' worth the best similarity weighs: with few correspondences the two
            degrees of freedom that tell affine from similarity would otherwise fit noise.
    """
    total = xm = ym = um = vm = 0.0
    for i in range(len(weights)):
        w = weights[i] / points[5, i]
        total += w
        xm, ym = xm + w * points[0, i], ym + w * points[1, i]
        um, vm = um + w * points[2, i], vm + w * points[3, i]
    xm, ym, um, vm = xm / total, ym / total, um / total, vm / total
    xx = xy = yy = xu = yu = xv = yv = count = 0.0
    for i in range(len(weights)):
        w, count = weights[i] / points[5, i], count + weights[i]
        x, y, u, v = points[0, i] - xm, points[1, i] - ym, points[2, i] - um, points[3, i] - vm
        xx, xy, yy = xx + w * x * x, xy + w * x * y, yy + w * y * y
        xu, yu = xu + w * x * u, yu + w * y * u
        xv, yv = xv + w * x * v, yv + w * y * v
    spread = xx + yy + 1e-9 * total  # the last term keeps a single point from dividing by zero
    cosine, sine = (xu + yv) / spread, (xv - yu) / spread
    ridge = 0.5 * spread * prior / count
    xx, yy = xx + ridge, yy + ridge
    xu, yu = xu + ridge * cosine, yu - ridge * sine
    xv, yv = xv + ridge * sine, yv + ridge * cosine
    area = xx * yy - xy * xy
    a, b = (xu * yy - yu * xy) / area, (yu * xx - xu * xy) / area
    d, e = (xv * yy - yv * xy) / area, (yv * xx - xv * xy) / area
    fitted = np.empty(6)
    fitted[0], fitted[1], fitted[2] = a, b, um - a * xm - b * ym
    fitted[3], fitted[4], fitted[5] = d, e, vm - d * xm - e * ym
    return fitted


@compiled
def refine(
    hypotheses: DoubleArray, points: DoubleArray, tolerance: float, prior: float, rounds: int
) -> tuple[DoubleArray, DoubleArray]:
    """Refine each of the hypotheses [K, 6] and return the plausible one of greatest gain.

    The first half of the rounds looks twice as far, for a hypothesis from two features is coarse.

    Returns:
        The transform [6] and the weights [M] of its points; the weights are all 0 if none is plausible.
    """
    best = np.zeros(6)
    best_weights = np.zeros(points.shape[1])
    gain = 0.0
    for k in range(len(hypotheses)):
        transform = hypotheses[k].copy()
        for step in range(rounds + 1):
            if not is_plausible(transform):
                break
            weights = inlier_weights(transform, points, tolerance)
            total = weights.sum()
            if total > gain:
                best, best_weights, gain = transform, weights, total
            if 2 * step < rounds:
                weights = inlier_weights(transform, points, 2.0 * tolerance)
                total = weights.sum()
            if total <= 0.0:
                break
            transform = fit_affine(points, weights, prior)
    return best, best_weights

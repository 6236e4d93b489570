"""Whitening learned from pairs: what differs between photos of the same thing is made small."""

from __future__ import annotations

import torch
from torch import Tensor


def learned_projection(total: Tensor, within: Tensor, *, exponent: float, shrinkage: float) -> Tensor:
    """Return a projection [C, C] of centred vectors, rows by descending variance of what they project onto.

    Directions in which vectors of the same thing differ are divided by their standard deviation, then principal
    components are taken: the projection learned from matching pairs of Mikolajczyk & Matas (ICCV 2007) and
    Radenović et al. (TPAMI 2019, section 3.4), where `exponent` is 0.5.

    Args:
        total: [C, C], covariance of all vectors.
        within: [C, C], covariance of the differences between vectors of the same thing, of any scale. Mixed with
            `total` the projection is a PCA whitening that knows these things, and not at the cost of all others.
        exponent: the power of `within`'s variances to divide by; less than 0.5 for what few pairs support.
        shrinkage: in [0, 1]; moves the variances of `within` this far towards their mean, since pairs never show
            all that can differ (Ledoit & Wolf 2004).
    """
    variances, vectors = torch.linalg.eigh(within.double())
    variances = variances.clamp_min(0.0) / variances.mean().clamp_min(1e-12)
    variances = (1.0 - shrinkage) * variances + shrinkage
    evened = (vectors * variances.clamp_min(1e-12) ** -exponent) @ vectors.T
    components = torch.linalg.eigh(evened @ total.double() @ evened)[1].flip(1).T
    projection: Tensor = components @ evened
    return projection.float()


def scatter_within(vectors: Tensor, groups: Tensor) -> Tensor:
    """Return the covariance [C, C], in float64, of vectors [N, C] around the means of their groups [N].

    A group of m vectors weighs as sqrt(m - 1) pairs, so that a much photographed thing does not decide alone. With no
    group of two it is zero.
    """
    rows = vectors.double()
    numbers = torch.unique(groups, return_inverse=True)[1]
    counts = torch.bincount(numbers)
    means = torch.zeros(len(counts), rows.shape[1], dtype=torch.float64).index_add_(0, numbers, rows)
    differences = rows - (means / counts[:, None])[numbers]
    pairs = (counts - 1).clamp_min(1).double()
    weights = pairs.rsqrt()[numbers]
    weighed = (differences * weights[:, None]).T @ differences
    return weighed / pairs.sqrt()[counts > 1].sum().clamp_min(1.0)

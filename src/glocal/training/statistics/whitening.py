"""How a whitening is taken from the pooled features of photos: by principal components, or by pairs in part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from glocal.models.learned_whitening import learned_projection, scatter_within
from glocal.models.losses import IGNORE
from glocal.models.principal_components import principal_components
from glocal.models.whitening import alike, pca_projection
from glocal.training.photos import LabelledPhoto
from glocal.training.recipe_parts import Start


def whitening_of(
    pooled: Tensor, widths: Sequence[int], labels: Tensor, photos: Sequence[LabelledPhoto], start: Start
) -> tuple[Tensor, Tensor]:
    """Return the projection [P, P] and the mean [P] that `Whitening.project` takes.

    Args:
        pooled: features [N, P] of N photos.
        widths: how many of them come from each map.
        labels: classes of the photos, [N], `IGNORE` for none.
        photos: the photos; where `start.balance` is "sets", the set of each counts.
        start: says how.
    """
    scale, weights = alike(pooled, widths), photo_weights(photos, start)
    vectors = pooled * scale
    if start.whitening == "pairs":
        total = torch.cov(vectors.double().T, aweights=weights.double())
        within = _scatter_of_identities(vectors, labels, photos, start)
        within = _of_trace_one(total).lerp(_of_trace_one(within), start.identities)
        projection = learned_projection(total, within, exponent=start.exponent, shrinkage=start.shrinkage)
    else:
        principal = principal_components(vectors, shrinkage=start.shrinkage, weights=weights)
        projection = pca_projection(principal, start.exponent)
    return projection * scale, (pooled * weights[:, None]).mean(dim=0)


def photo_weights(photos: Sequence[LabelledPhoto], start: Start) -> Tensor:
    """Return what each photo counts in the whitening, [N] with a mean of 1; by `balance` "sets" each set as much."""
    if start.balance == "photos":
        return torch.ones(len(photos))
    counts = Counter(photo.source for photo in photos)
    return torch.tensor([len(photos) / (len(counts) * counts[photo.source]) for photo in photos])


def _scatter_of_identities(vectors: Tensor, labels: Tensor, photos: Sequence[LabelledPhoto], start: Start) -> Tensor:
    """Return the scatter [P, P] within identities; by `balance` "sets" the mean of that of each set."""
    known = labels != IGNORE
    if start.balance == "photos":
        return scatter_within(vectors[known], labels[known])
    scatter = torch.zeros(vectors.shape[1], vectors.shape[1], dtype=torch.float64)
    sources = sorted({photo.source for photo in photos})
    for source in sources:
        rows = known & torch.tensor([photo.source == source for photo in photos])
        scatter += _of_trace_one(scatter_within(vectors[rows], labels[rows])) / len(sources)
    return scatter


def _of_trace_one(scatter: Tensor) -> Tensor:
    return scatter / scatter.trace().clamp_min(1e-12)

"""Principal components of a sample: where the whitening layer and the autoencoder start."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class Principal:
    """Mean and principal components of a sample of vectors.

    Attributes:
        mean: [C].
        components: [C, C], orthonormal rows, largest variance first.
        variances: [C], variance along each component, >= 0, non-increasing.
    """

    mean: Tensor
    components: Tensor
    variances: Tensor


def principal_components(sample: Tensor, *, shrinkage: float = 0.0, weights: Tensor | None = None) -> Principal:
    """Return the principal components of `sample` [N, C], computed in float64, as float32.

    Args:
        sample: one vector a row, N >= 2.
        shrinkage: in [0, 1]; moves every variance this far towards their mean (Ledoit & Wolf 2004), for
            samples not much larger than C.
        weights: [N] > 0 with a mean of 1, what each vector counts; by default all count alike.

    Raises:
        ValueError: fewer than two vectors.
    """
    if len(sample) < 2:
        raise ValueError(f"principal components need at least 2 vectors, not {len(sample)}")
    rows = sample.double()
    counts = (torch.ones(len(rows)) if weights is None else weights).double()[:, None]
    mean = (counts * rows).mean(dim=0)
    centred = rows - mean
    variances, vectors = torch.linalg.eigh(centred.T @ (counts * centred) / (len(rows) - 1))
    variances = variances.clamp_min(0.0).flip(0)
    variances = (1.0 - shrinkage) * variances + shrinkage * variances.mean()
    return Principal(mean.float(), vectors.T.flip(0).float(), variances.float())


@torch.no_grad()
def project_onto(convolution: nn.Conv2d, principal: Principal) -> None:
    """Set a 1x1 convolution to centre its input and project it onto the leading principal components."""
    basis = principal.components[: convolution.out_channels]
    convolution.weight.copy_(basis[:, :, None, None])
    assert convolution.bias is not None
    convolution.bias.copy_(-(basis @ principal.mean))

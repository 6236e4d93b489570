"""The whitening layer: g = F · GeM(D) + b (DELG, section 3.1), and its start from a PCA."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from glocal.models.principal_components import Principal


class Whitening(nn.Linear):
    """A linear layer [B, C_D] → [B, C_F] with bias. Not normalised: losses and export do that."""

    def project(self, projection: Tensor, mean: Tensor) -> None:
        """Set the layer to centre by `mean` [C_D] and project by the first rows of `projection` [>= C_F, C_D].

        Rows are brought to a mean length of 1, which changes no direction of a descriptor.
        """
        weight = projection[: self.out_features]
        weight = weight / weight.norm(dim=1).mean()
        with torch.no_grad():
            self.weight.copy_(weight)
            self.bias.copy_(-(weight @ mean))

    def forward(self, pooled: Tensor) -> Tensor:
        """Return [B, C_F]."""
        return super().forward(pooled)


def pca_projection(principal: Principal, exponent: float) -> Tensor:
    """Return the projection [C, C] onto principal components, each divided by variance^exponent.

    Args:
        principal: of pooled descriptors.
        exponent: 0.5 whitens fully, 0 only rotates. Jégou & Chum (ECCV 2012) whiten fully; between
            lies what few training photos support.
    """
    return principal.components * (principal.variances.clamp_min(1e-12) ** -exponent)[:, None]


def alike(vectors: Tensor, widths: Sequence[int]) -> Tensor:
    """Return factors [C] that give vectors [N, C], made of parts of these widths, the same total variance in each part.

    Pooled features of a narrow range would have no part in principal components beside those of a wide one.
    """
    parts = torch.split(vectors.double().var(dim=0), list(widths))
    factors = [part.sum().clamp_min(1e-12).rsqrt().expand(len(part)) for part in parts]
    return torch.cat(factors).float()

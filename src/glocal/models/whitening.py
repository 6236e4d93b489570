"""The whitening layer: g = F · GeM(D) + b (DELG, section 3.1), and its start from a PCA."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glocal.models.principal import Principal


class Whitening(nn.Linear):
    """A linear layer [B, C_D] → [B, C_F] with bias. Not normalised: losses and export do that."""

    def start_from(self, principal: Principal, exponent: float) -> None:
        """Set the layer to project onto the leading components, each divided by variance^exponent.

        Args:
            principal: the principal components of pooled descriptors, at least `out_features` of them.
            exponent: 0.5 whitens fully, 0 only rotates. Jégou & Chum (ECCV 2012) whiten fully; between
                lies what few training photos support.
        """
        count = self.out_features
        shrink = principal.variances[:count].clamp_min(1e-12) ** -exponent
        self.project(principal.components[:count] * shrink[:, None], principal.mean)

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

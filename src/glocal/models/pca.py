"""The local code of DELF: principal components of the L2-normalised local map, learned after training."""

from __future__ import annotations

from torch import nn

from glocal.models.principal_components import Principal, project_onto


class PcaCode(nn.Module):
    """Projection of cells of length 1 onto principal components: the PCA of DELF's L2, PCA, L2 (Noh et al., ICCV 2017).

    No gradient reaches it. Networks normalise the cells before it, and the export normalises the codes behind it.
    """

    def __init__(self, channels: int, dimensions: int = 128) -> None:
        super().__init__()
        self.encoder = nn.Conv2d(channels, dimensions, 1).requires_grad_(False)

    def start_from(self, principal: Principal) -> None:
        """Set the projection from the principal components of normalised cells."""
        project_onto(self.encoder, principal)

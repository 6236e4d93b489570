"""The local code of DELF: principal components of the L2-normalised local map, learned after training."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from glocal.models.principal import Principal, project_onto


class PcaCode(nn.Module):
    """L2 normalisation, then projection onto principal components (Noh et al., ICCV 2017, section 3: L2, PCA, L2).

    The last normalisation is the export's. No gradient reaches the projection.
    """

    def __init__(self, channels: int, dimensions: int = 128) -> None:
        super().__init__()
        self.encoder = nn.Conv2d(channels, dimensions, 1).requires_grad_(False)

    def start_from(self, principal: Principal) -> None:
        """Set the projection from the principal components of normalised cells."""
        project_onto(self.encoder, principal)

    def cells(self, local_map: Tensor) -> Tensor:
        """Return what the projection reads of a local map [B, C, H, W]: every cell at length 1."""
        return F.normalize(local_map, dim=1)

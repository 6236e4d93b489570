"""The convolutional autoencoder that makes local descriptors short (DELG, section 3.2)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from glocal.models.principal_components import Principal, project_onto


class Autoencoder(nn.Module):
    """Encoder: 1x1 convolution to `dimensions`, linear. Decoder: 1x1 convolution back, then ReLU."""

    def __init__(self, channels: int, dimensions: int = 128) -> None:
        super().__init__()
        self.encoder = nn.Conv2d(channels, dimensions, 1)
        self.decoder = nn.Conv2d(dimensions, channels, 1)

    def start_from(self, principal: Principal) -> None:
        """Set encoder and decoder to the best linear autoencoder, which is the PCA (Baldi & Hornik 1989)."""
        basis = principal.components[: self.encoder.out_channels]
        project_onto(self.encoder, principal)
        with torch.no_grad():
            self.decoder.weight.copy_(basis.T[:, :, None, None])
            self.decoder.bias.copy_(principal.mean)  # type: ignore[union-attr]

    def forward(self, local_map: Tensor) -> tuple[Tensor, Tensor]:
        """Return (codes [B, C_T, H, W] of any sign, reconstruction [B, C_S, H, W] >= 0)."""
        codes = self.encoder(local_map)
        return codes, F.relu(self.decoder(codes))

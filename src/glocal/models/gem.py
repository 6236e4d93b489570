"""Generalised mean pooling (Radenović et al. 2019, "Fine-tuning CNN image retrieval with no human annotation")."""

from __future__ import annotations

import torch
from torch import Tensor, nn

FLOOR = 1e-6
"""Smallest activation that takes part: keeps the root differentiable at zero."""


class GeM(nn.Module):
    """Pool a map [B, C, H, W] to [B, C]: (mean over positions of max(x, 1e-6)^p)^(1/p), eq. 1 of DELG.

    Args:
        power: p, fixed. 1 is the average, infinity the maximum; DELG uses 3.
    """

    def __init__(self, power: float = 3.0) -> None:
        super().__init__()
        self.power = power

    def forward(self, deep_map: Tensor) -> Tensor:
        """Return [B, C], every value at least 1e-6."""
        powered = torch.clamp(deep_map, min=FLOOR) ** self.power
        return powered.mean(dim=(2, 3)) ** (1.0 / self.power)

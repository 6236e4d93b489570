"""Pooling a map to a vector: generalised mean (Radenović et al., TPAMI 2019) and plain average."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

FLOOR = 1e-6
"""Smallest activation that takes part: keeps the root differentiable at zero."""

Pooling = Literal["gem", "average"]


class GeM(nn.Module):
    """Pool a map [B, C, H, W] to [B, C]: (mean over positions of max(x, 1e-6)^p)^(1/p), eq. 1 of DELG.

    Args:
        power: p. 1 is the average, infinity the maximum; DELG uses 3.
        learnable: whether p learns (Radenović et al.; DOLG). In DELG it is fixed.
    """

    def __init__(self, power: float = 3.0, *, learnable: bool = False) -> None:
        super().__init__()
        self.power = nn.Parameter(torch.tensor(power)) if learnable else power

    def forward(self, deep_map: Tensor) -> Tensor:
        """Return [B, C] in float32, every value at least 1e-6."""
        powered = torch.clamp(deep_map.float(), min=FLOOR) ** self.power
        return powered.mean(dim=(2, 3)) ** (1.0 / self.power)


class AveragePool(nn.Module):
    """Pool a map [B, C, H, W] to [B, C] by its mean: up to scale the sum pooling of SPoC (Babenko & Lempitsky 2015)."""

    def forward(self, deep_map: Tensor) -> Tensor:
        """Return [B, C]."""
        return deep_map.mean(dim=(2, 3))


def create_pool(pooling: Pooling, *, learnable: bool = False) -> nn.Module:
    """Return the pooling of this name; `learnable` is GeM's."""
    return GeM(learnable=learnable) if pooling == "gem" else AveragePool()

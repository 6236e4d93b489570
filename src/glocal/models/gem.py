"""Pooling a map to a vector: generalised mean (Radenović et al., TPAMI 2019) and plain average."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

FLOOR = 1e-6
"""Smallest activation that takes part: keeps the root differentiable at zero."""

Pooling = Literal["gem", "gem_learned", "gem_channels", "average", "max"]
"""GeM with a fixed p, one that learns, one for each channel that learns; and the means at p = 1 and infinity."""


class GeM(nn.Module):
    """Pool a map [B, C, H, W] to [B, C]: (mean over positions of max(x, 1e-6)^p)^(1/p), eq. 1 of DELG.

    Args:
        power: p. 1 is the average, infinity the maximum; DELG uses 3.
        learnable: whether p learns (Radenović et al.; DOLG). In DELG it is fixed.
        channels: number of p, one for each channel; None for one p.
    """

    def __init__(self, power: float = 3.0, *, learnable: bool = False, channels: int | None = None) -> None:
        super().__init__()
        start = torch.full([] if channels is None else [channels], power)
        self.power = nn.Parameter(start) if learnable else power

    def forward(self, deep_map: Tensor) -> Tensor:
        """Return [B, C] in float32, every value at least 1e-6."""
        power = self.power[:, None, None] if isinstance(self.power, Tensor) and self.power.ndim else self.power
        powered = torch.clamp(deep_map.float(), min=FLOOR) ** power
        return powered.mean(dim=(2, 3)) ** (1.0 / self.power)


class AveragePool(nn.Module):
    """Pool a map [B, C, H, W] to [B, C] by its mean: up to scale the sum pooling of SPoC (Babenko & Lempitsky 2015)."""

    def forward(self, deep_map: Tensor) -> Tensor:
        """Return [B, C]."""
        return deep_map.mean(dim=(2, 3))


class MaxPool(nn.Module):
    """Pool a map [B, C, H, W] to [B, C] by its maximum: MAC (Tolias et al., ICLR 2016)."""

    def forward(self, deep_map: Tensor) -> Tensor:
        """Return [B, C]."""
        return deep_map.amax(dim=(2, 3))


def create_pool(pooling: Pooling, channels: int, *, learnable: bool = False) -> nn.Module:
    """Return the pooling of this name for a map of this many channels; `learnable` makes plain GeM's p learn."""
    match pooling:
        case "average":
            return AveragePool()
        case "max":
            return MaxPool()
        case "gem_channels":
            return GeM(learnable=True, channels=channels)
        case _:
            return GeM(learnable=learnable or pooling == "gem_learned")

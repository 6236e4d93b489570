"""The attention head: which cells of the local map are worth keeping (DELF 2017; DELG, section 3.2)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    """1x1 convolution to `hidden`, batch norm, ReLU, 1x1 convolution to 1, softplus.

    The batch norm is in the published code (training/model/delf_model.py), not in the paper's text.

    Args:
        channels: of the local map.
        hidden: channels between the convolutions.
        epsilon: of the batch norm.
    """

    def __init__(self, channels: int, hidden: int = 512, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, hidden, 1)
        self.norm = nn.BatchNorm2d(hidden, eps=epsilon)
        self.score = nn.Conv2d(hidden, 1, 1)

    def forward(self, local_map: Tensor) -> Tensor:
        """Return attention [B, 1, H, W], >= 0, of a local map [B, C, H, W]."""
        return F.softplus(self.logits(local_map))

    def logits(self, local_map: Tensor) -> Tensor:
        """Return attention before its softplus, [B, 1, H, W] of any sign."""
        score: Tensor = self.score(F.relu(self.hidden(local_map)))
        return score

    def hidden(self, local_map: Tensor) -> Tensor:
        """Return the map [B, hidden, H, W] before the ReLU, of any sign: the local descriptors of feymanpriv's DELG."""
        hidden: Tensor = self.norm(self.reduce(local_map))
        return hidden


def attention_pool(features: Tensor, attention: Tensor) -> Tensor:
    """Return [B, C]: the mean over positions of attention times L2-normalised features.

    Args:
        features: [B, C, H, W], for DELG the autoencoder's reconstruction.
        attention: [B, 1, H, W].

    The paper sums over positions; the published code averages, which does not depend on the photo's size.
    """
    return (F.normalize(features, dim=1) * attention).mean(dim=(2, 3))

"""DOLG (Yang et al., "Single-stage image retrieval with deep orthogonal fusion of local and global features", 2021)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from glocal.models.backbone import Backbone
from glocal.models.code_rotation import CodeTransform
from glocal.models.gem import Pooling, create_pool
from glocal.models.network import RawFeatures, SearchNetwork, TrainingOutput
from glocal.models.pca import PcaCode
from glocal.models.whitening import Whitening

DILATIONS = (6, 12, 18)
"""Of the 3x3 convolutions (DOLG, section 3.2)."""


class MultiAtrous(nn.Module):
    """Look at each place at several scales: a 1x1, dilated 3x3 convolutions and the mean of the map, side by side.

    Args:
        channels: of the local map.
        width: of the result; each of the five has half as many channels, as published (512 of 1024).
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        half = width // 2
        self.near = nn.Conv2d(channels, half, 1)
        self.dilated = nn.ModuleList(nn.Conv2d(channels, half, 3, padding=d, dilation=d) for d in DILATIONS)
        self.whole = nn.Conv2d(channels, half, 1)
        self.merge = nn.Conv2d(half * (2 + len(DILATIONS)), width, 1)

    def forward(self, local_map: Tensor) -> Tensor:
        """Return [B, width, H, W], >= 0, of a local map [B, C, H, W]."""
        near = self.near(local_map)
        whole = F.relu(self.whole(local_map.mean(dim=(2, 3), keepdim=True)))
        views = [near, *(dilated(local_map) for dilated in self.dilated), whole.expand_as(near)]
        return F.relu(self.merge(torch.cat(views, dim=1)))


class SelfAttention(nn.Module):
    """Local features and where to look, from one map (DOLG, section 3.2).

    1x1 convolution and batch norm; then L2 normalisation on one side; ReLU, 1x1 convolution, softplus on the other.

    Args:
        channels: of the map it reads.
        width: of the cells.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, width, 1)
        self.norm = nn.BatchNorm2d(width)
        self.score = nn.Conv2d(width, 1, 1)

    def forward(self, merged: Tensor) -> tuple[Tensor, Tensor]:
        """Return (cells [B, width, H, W] of length 1, attention [B, 1, H, W] >= 0)."""
        hidden = self.norm(self.reduce(merged))
        return F.normalize(hidden, dim=1), F.softplus(self.score(F.relu(hidden)))


def orthogonal_part(local: Tensor, global_: Tensor) -> Tensor:
    """Return the part of `local` [B, C] that is orthogonal to `global_` [B, C] (DOLG, eq. 2-4).

    The paper takes it at every position and averages. Projection is linear: it is the same to average first.
    """
    share = (local * global_).sum(dim=1, keepdim=True) / global_.square().sum(dim=1, keepdim=True).clamp_min(1e-12)
    return local - share * global_


class Dolg(SearchNetwork):
    """One descriptor: what GeM sees, and what attention sees in the local map beyond it, side by side and reduced.

    DOLG has no local features to match. Those here are ours: the normalised map that its attention weighs, by
    PCA after training, scored by that attention.

    Args:
        backbone: gives the two maps.
        global_dimensions: length of the descriptor; 512 in the paper.
        width: channels of the local branch and of the reduced deep map; 1024 in the paper.
        code_dimensions: length of a local descriptor.
        pooling: of the deep map; GeM's p starts at 3 and learns.
        atrous: whether the local branch begins with the multi-atrous part; the published code leaves it out.
    """

    attention_loss = False

    def __init__(
        self,
        backbone: Backbone,
        *,
        global_dimensions: int,
        width: int = 1024,
        code_dimensions: int = 128,
        pooling: Pooling = "gem",
        atrous: bool = True,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.atrous = MultiAtrous(backbone.local_channels, width) if atrous else None
        self.attention = SelfAttention(width if atrous else backbone.local_channels, width)
        self.pool = create_pool(pooling, backbone.deep_channels, learnable=True)
        self.reduce = nn.Linear(backbone.deep_channels, width)
        self.whitening = Whitening(2 * width, global_dimensions)
        self.autoencoder = None
        self.pca = PcaCode(width, code_dimensions)
        self.code_transform = CodeTransform(code_dimensions)

    @property
    def local_branch(self) -> nn.Module | None:
        """The multi-atrous part, if there is one: it widens what a cell sees."""
        return self.atrous

    def global_parts(self) -> dict[str, nn.Module]:
        """Return pooling, the layer behind it, and the layer behind the fusion."""
        return {"pool": self.pool, "reduce": self.reduce, "whitening": self.whitening}

    def local_parts(self) -> dict[str, nn.Module]:
        """Return attention and, if there is one, the multi-atrous part."""
        parts: dict[str, nn.Module] = {"attention": self.attention}
        return parts if self.atrous is None else {"atrous": self.atrous} | parts

    def raw_features(self, image: Tensor) -> RawFeatures:
        """Return the features of normalised images [B, 3, H, W] before their last linear maps."""
        local_map, deep_map = self.backbone(image)
        cells, attention = self.attention(local_map if self.atrous is None else self.atrous(local_map))
        seen = self.reduce(self.pool(deep_map))
        beyond = orthogonal_part((cells * attention).mean(dim=(2, 3)), seen)
        return RawFeatures(torch.cat([seen, beyond], dim=1), cells, attention)

    def forward(self, image: Tensor) -> TrainingOutput:
        """Return what the losses need of normalised images [B, 3, H, W]."""
        raw = self.raw_features(image)
        return TrainingOutput(self.whitening(raw.pooled), raw.cells, None, raw.attention)

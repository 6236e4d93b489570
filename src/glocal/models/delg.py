"""DELG (Cao, Araujo & Sim, "Unifying deep local and global features for image search", ECCV 2020)."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from glocal.models.attention import Attention
from glocal.models.autoencoder import Autoencoder
from glocal.models.backbone import Backbone
from glocal.models.code_rotation import CodeTransform
from glocal.models.gem import Pooling, create_pool
from glocal.models.network import RawFeatures, SearchNetwork, TrainingOutput
from glocal.models.pca import PcaCode
from glocal.models.whitening import Whitening

LocalCode = Literal["autoencoder", "pca", "hidden"]
Pooled = Literal["deep", "both"]


class Delg(SearchNetwork):
    """One network, two kinds of features: GeM and whitening on the deep map, attention and codes on the local one.

    Args:
        backbone: gives the two maps.
        global_dimensions: C_F, length of the global descriptor.
        code_dimensions: C_T, length of a local descriptor.
        attention_hidden: channels inside the attention head.
        stop_gradient: keep the local losses away from the backbone, as the paper does. Off only to show why.
        pooling: makes a vector of a map; the paper's is GeM with p = 3.
        pooled: the maps that the global descriptor reads; the paper's is the deep one. Of both, each map's vector is
            L2-normalised.
        local_code: the paper's autoencoder, or DELF's PCA of the local map, learned after training, or a PCA of the
            attention head's hidden map, which feymanpriv's DELG describes places by.
        epsilon: of the attention head's batch norm.
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        global_dimensions: int,
        code_dimensions: int = 128,
        attention_hidden: int = 512,
        stop_gradient: bool = True,
        pooling: Pooling = "gem",
        pooled: Pooled = "deep",
        local_code: LocalCode = "autoencoder",
        epsilon: float = 1e-5,
    ) -> None:
        super().__init__()
        channels = backbone.local_channels
        self.backbone = backbone
        self.pool = create_pool(pooling, backbone.deep_channels)
        self.pooled = pooled
        self.whitening = Whitening(sum(self.pooled_widths), global_dimensions)
        self.attention = Attention(channels, attention_hidden, epsilon)
        self.autoencoder = Autoencoder(channels, code_dimensions) if local_code == "autoencoder" else None
        self.pca = None
        self.reads_hidden = local_code == "hidden"
        if local_code != "autoencoder":
            self.pca = PcaCode(attention_hidden if self.reads_hidden else channels, code_dimensions)
        self.code_transform = CodeTransform(code_dimensions)
        self.stop_gradient = stop_gradient

    @property
    def pooled_widths(self) -> tuple[int, ...]:
        """How many of the pooled features come from each map: the deep one, then the local one if it is read."""
        widths = (self.backbone.deep_channels, self.backbone.local_channels)
        return widths if self.pooled == "both" else widths[:1]

    def global_parts(self) -> dict[str, nn.Module]:
        """Return the whitening layer, and pooling if it learns."""
        parts: dict[str, nn.Module] = {"whitening": self.whitening}
        return parts | {"pool": self.pool} if list(self.pool.parameters()) else parts

    def local_parts(self) -> dict[str, nn.Module]:
        """Return attention and, if there is one, the autoencoder."""
        parts: dict[str, nn.Module] = {"attention": self.attention}
        return parts if self.autoencoder is None else parts | {"autoencoder": self.autoencoder}

    def raw_features(self, image: Tensor) -> RawFeatures:
        """Return the features of normalised images [B, 3, H, W] before their last linear maps."""
        local_map, deep_map = self.backbone(image)
        described = self.attention.hidden(local_map) if self.reads_hidden else local_map
        cells = described if self.pca is None else F.normalize(described, dim=1)
        return RawFeatures(self._pool(local_map, deep_map), cells, self.attention(local_map))

    def forward(self, image: Tensor) -> TrainingOutput:
        """Return what the losses need of normalised images [B, 3, H, W]."""
        local_map, deep_map = self.backbone(image)
        descriptor = self.whitening(self._pool(local_map, deep_map))
        if self.stop_gradient:
            local_map = local_map.detach()
        reconstruction = None if self.autoencoder is None else self.autoencoder(local_map)[1]
        return TrainingOutput(descriptor, local_map, reconstruction, self.attention(local_map))

    def _pool(self, local_map: Tensor, deep_map: Tensor) -> Tensor:
        """Return pooled features [B, P]."""
        if self.pooled == "deep":
            pooled: Tensor = self.pool(deep_map)
            return pooled
        return torch.cat([F.normalize(self.pool(read), dim=1) for read in (deep_map, local_map)], dim=1)

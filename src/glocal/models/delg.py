"""DELG (Cao, Araujo & Sim, "Unifying deep local and global features for image search", ECCV 2020)."""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from glocal.models.attention import Attention
from glocal.models.autoencoder import Autoencoder
from glocal.models.backbone import Backbone
from glocal.models.gem import GeM
from glocal.models.rotation import CodeRotation
from glocal.models.whitening import Whitening


class DelgOutput(NamedTuple):
    """What the losses need of a batch.

    Attributes:
        descriptor: [B, C_F], not normalised.
        local_map: [B, C_S, H, W], cut off from the backbone's gradient (unless stop_gradient is off).
        reconstruction: [B, C_S, H, W].
        attention: [B, 1, H, W].
    """

    descriptor: Tensor
    local_map: Tensor
    reconstruction: Tensor
    attention: Tensor


class Delg(nn.Module):
    """One network, two kinds of features: GeM and whitening on the deep map, attention and codes on the local one.

    Args:
        backbone: gives the two maps.
        global_dimensions: C_F, length of the global descriptor.
        code_dimensions: C_T, length of a local descriptor.
        attention_hidden: channels inside the attention head.
        stop_gradient: keep the local losses away from the backbone, as the paper does. Off only to show why.
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        global_dimensions: int,
        code_dimensions: int = 128,
        attention_hidden: int = 512,
        stop_gradient: bool = True,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.pool = GeM()
        self.whitening = Whitening(backbone.deep_channels, global_dimensions)
        self.attention = Attention(backbone.local_channels, attention_hidden)
        self.autoencoder = Autoencoder(backbone.local_channels, code_dimensions)
        self.rotation = CodeRotation(code_dimensions)
        self.stop_gradient = stop_gradient

    def forward(self, image: Tensor) -> DelgOutput:
        """Return what the losses need of normalised images [B, 3, H, W]."""
        local_map, deep_map = self.backbone(image)
        if self.stop_gradient:
            local_map = local_map.detach()
        _, reconstruction = self.autoencoder(local_map)
        descriptor = self.whitening(self.pool(deep_map))
        return DelgOutput(descriptor, local_map, reconstruction, self.attention(local_map))


class DelgExtractor(nn.Module):
    """The network as it is exported: normalised outputs, centring and rotation folded into the encoder."""

    def __init__(self, delg: Delg) -> None:
        super().__init__()
        self.backbone = delg.backbone
        self.pool = delg.pool
        self.whitening = delg.whitening
        self.attention = delg.attention
        self.encoder = delg.rotation.folded_into(delg.autoencoder.encoder)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return (global_descriptor [B, C_F], descriptors [B, C_T, H, W], attention [B, 1, H, W])."""
        local_map, deep_map = self.backbone(image)
        descriptor = F.normalize(self.whitening(self.pool(deep_map)), dim=1)
        return descriptor, F.normalize(self.encoder(local_map), dim=1), self.attention(local_map)

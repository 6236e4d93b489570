"""Backbones: any timm CNN that yields a map of stride 16 (for local features) and one of stride 32 (for global)."""

from __future__ import annotations

from typing import Any

import timm
from timm.models._efficientnet_blocks import InvertedResidual
from timm.models.efficientnet import EfficientNet
from torch import Tensor, nn

from glocal.errors import ModelError
from glocal.models.padding import make_padding_static

NARROW = 256
"""A stride-16 map with fewer channels than this leaves an autoencoder of 128 nothing to compress."""


class Backbone(nn.Module):
    """A network from a normalised image [B, 3, H, W] to (local map, deep map).

    Attributes:
        local_channels: C_S of the local map [B, C_S, H/16, W/16] (sizes rounded up).
        deep_channels: C_D of the deep map [B, C_D, H/32, W/32].
    """

    local_channels: int
    deep_channels: int

    def stages(self) -> list[nn.Module]:
        """Return the parts of the network, shallowest first: what `frozen_stages` counts."""
        return list(self.children())

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return (local map, deep map)."""
        raise NotImplementedError


class PyramidBackbone(Backbone):
    """A timm network whose stages end at strides 16 and 32, such as ResNet: layer3 and layer4, as in DELG."""

    def __init__(self, network: nn.Module, channels: list[int]) -> None:
        super().__init__()
        self.network = network
        self.local_channels, self.deep_channels = channels

    def stages(self) -> list[nn.Module]:
        """Return the timm network's own stages."""
        return list(self.network.children())

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return (local map, deep map)."""
        local_map, deep_map = self.network(image)
        return local_map, deep_map


class ExpandedBackbone(Backbone):
    """An EfficientNet, whose stride-16 map is narrow.

    The local map is the wide one that feeds the last strided convolution (672 channels in Lite0), the deep
    map the head's activations (1280 channels).
    """

    def __init__(self, network: EfficientNet) -> None:
        super().__init__()
        stages: list[Any] = list(network.blocks)
        strided = max(index for index, stage in enumerate(stages) if _halves(stage[0]))
        block = stages[strided][0]
        self.stem = nn.Sequential(network.conv_stem, network.bn1)
        self.early = nn.Sequential(*stages[:strided])
        self.expand = nn.Sequential(block.conv_pw, block.bn1)
        self.reduce = nn.Sequential(block.conv_dw, block.bn2, block.aa, block.se, block.conv_pwl, block.bn3)
        self.late = nn.Sequential(*stages[strided][1:], *stages[strided + 1 :])
        self.head = nn.Sequential(network.conv_head, network.bn2)
        self.local_channels = block.conv_pw.out_channels
        self.deep_channels = network.conv_head.out_channels

    def stages(self) -> list[nn.Module]:
        """Return stem, early stages one by one, and the later parts."""
        return [self.stem, *self.early, self.expand, self.reduce, *self.late, self.head]

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return (local map, deep map)."""
        local_map = self.expand(self.early(self.stem(image)))
        return local_map, self.head(self.late(self.reduce(local_map)))


def _halves(block: nn.Module) -> bool:
    """Return whether a block expands its input and then halves the map: the kind that has a wide map inside."""
    return isinstance(block, InvertedResidual) and block.conv_dw.stride[0] == 2


def create_network(name: str) -> nn.Module:
    """Return the timm classification network `name` with random weights, to load weights into.

    Raises:
        ModelError: timm does not know the name.
    """
    if not timm.is_model(name):
        raise ModelError(f"{name}: no timm network of this name; `timm.list_models()` lists them")
    network: nn.Module = timm.create_model(name, pretrained=False)
    return network


def create_backbone(name: str, state: dict[str, Tensor] | None = None) -> Backbone:
    """Return the backbone `name`, with random weights or with those of a timm classifier's state dict.

    Raises:
        ModelError: no such network, no maps at strides 16 and 32, or weights that do not fit.
    """
    network: Any = create_network(name)
    if state is not None:
        try:
            network.load_state_dict(state)
        except RuntimeError as error:
            raise ModelError(f"{name}: the weights do not fit: {str(error).splitlines()[0]}") from error
    reductions = {stage["reduction"]: stage for stage in network.feature_info}
    if 16 not in reductions or 32 not in reductions:
        raise ModelError(f"{name}: has no maps at strides 16 and 32; choose a CNN such as resnet50")
    make_padding_static(network)
    if isinstance(network, EfficientNet) and reductions[16]["num_chs"] < NARROW:
        return ExpandedBackbone(network)
    indices = [i for i, stage in enumerate(network.feature_info) if stage["reduction"] in (16, 32)]
    features: Any = timm.create_model(name, features_only=True, out_indices=indices)
    make_padding_static(features)
    features.load_state_dict(network.state_dict(), strict=False)
    return PyramidBackbone(features, features.feature_info.channels())

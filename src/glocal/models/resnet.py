"""ResNet (He et al., CVPR 2016) in every layout that published weights of this family come in, as configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from glocal.models.backbone import Backbone
from glocal.models.padding import SameForAnySize, SameMaxPool

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
"""Blocks in each stage, by the network's depth."""

WIDTHS = (64, 128, 256, 512)
"""Channels inside the blocks of each stage; they give out four times as many."""


@dataclass(frozen=True)
class Layout:
    """What implementations of ResNet disagree on.

    Attributes:
        stride: which convolution halves the map: the "first" 1x1 of a stage (the paper, Keras), its "first_3x3"
            (PyTorch), or the 3x3 of the "last" block of the stage before (TF-slim).
        padding: of the first convolution: "symmetric", or "same" as TensorFlow pads, by the parity of the size.
        pool: padding of the max-pooling behind it: "symmetric", "same", or "valid", which is none.
        epsilon: of batch normalisation.
        biases: whether convolutions have biases, though batch normalisation follows.
        subsampled: every second row and column of stage 3's map is left out, and stage 4 has no stride instead.
        stages: how many there are; with 3 the deep map is the local one.
    """

    stride: Literal["first", "first_3x3", "last"] = "first_3x3"
    padding: Literal["symmetric", "same"] = "symmetric"
    pool: Literal["symmetric", "same", "valid"] = "symmetric"
    epsilon: float = 1e-5
    biases: bool = False
    subsampled: bool = False
    stages: Literal[3, 4] = 4


TORCHVISION = Layout()
"""Of torchvision, timm, pycls and cnnimageretrieval-pytorch."""

SLIM = Layout(stride="last", pool="same")
"""Of TF-slim's resnet_v1, as DELF and DELG were released."""

KERAS = Layout(stride="first", padding="same", pool="valid", epsilon=1e-3, biases=True, subsampled=True)
"""Of the TensorFlow 2 training code of DELG (research/delf, training/model/resnet50.py)."""


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1, each with batch normalisation, beside a shortcut.

    Args:
        channels: of the input.
        width: inside; the output has four times as many.
        stride: of the block.
        layout: says where the stride lies, and the rest.
    """

    def __init__(self, channels: int, width: int, stride: int, layout: Layout) -> None:
        super().__init__()
        first, second = (stride, 1) if layout.stride == "first" else (1, stride)
        self.conv1 = nn.Conv2d(channels, width, 1, first, bias=layout.biases)
        self.bn1 = nn.BatchNorm2d(width, eps=layout.epsilon)
        self.conv2 = nn.Conv2d(width, width, 3, second, padding=1, bias=layout.biases)
        self.bn2 = nn.BatchNorm2d(width, eps=layout.epsilon)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=layout.biases)
        self.bn3 = nn.BatchNorm2d(4 * width, eps=layout.epsilon)
        self.downsample: nn.Module
        if channels != 4 * width:
            convolution = nn.Conv2d(channels, 4 * width, 1, stride, bias=layout.biases)
            self.downsample = nn.Sequential(convolution, nn.BatchNorm2d(4 * width, eps=layout.epsilon))
        else:
            self.downsample = nn.Identity() if stride == 1 else nn.MaxPool2d(1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return [B, 4 width, H / stride, W / stride] of a map [B, channels, H, W]."""
        inner = F.relu(self.bn1(self.conv1(x)))
        inner = F.relu(self.bn2(self.conv2(inner)))
        return F.relu(self.bn3(self.conv3(inner)) + self.downsample(x))


class ResNet(Backbone):
    """A ResNet of a depth and layout. The local map is that of stage 3, the deep one that of stage 4.

    Parameters are called as torchvision calls them.

    Args:
        depth: 50, 101 or 152.
        layout: what implementations disagree on.
    """

    def __init__(self, depth: int, layout: Layout) -> None:
        super().__init__()
        self.conv1: nn.Conv2d
        if layout.padding == "same":
            self.conv1 = SameForAnySize(3, 64, 7, stride=2, bias=layout.biases)
        else:
            self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=layout.biases)
        self.bn1 = nn.BatchNorm2d(64, eps=layout.epsilon)
        padding = 1 if layout.pool == "symmetric" else 0
        self.maxpool = SameMaxPool(3, 2) if layout.pool == "same" else nn.MaxPool2d(3, 2, padding)
        channels, stages = 64, []
        for stage, (width, blocks) in enumerate(zip(WIDTHS, BLOCKS[depth], strict=True)):
            strides = _strides(stage, blocks, layout)
            widths = [channels] + [4 * width] * (blocks - 1)
            units = [Bottleneck(c, width, stride, layout) for c, stride in zip(widths, strides, strict=True)]
            stages.append(nn.Sequential(*units))
            channels = 4 * width
        self.layer1, self.layer2, self.layer3 = stages[:3]
        self.subsampling = nn.MaxPool2d(1, 2) if layout.subsampled else nn.Identity()
        self.layer4 = stages[3] if layout.stages == 4 else nn.Identity()
        self.local_channels = 4 * WIDTHS[2]
        self.deep_channels = 4 * WIDTHS[layout.stages - 1]

    def stages(self) -> list[nn.Module]:
        """Return stem and stages."""
        return [nn.Sequential(self.conv1, self.bn1), self.layer1, self.layer2, self.layer3, self.layer4]

    def early_maps(self, image: Tensor) -> list[Tensor]:
        """Return the maps behind the stem and behind the first two stages."""
        stem = self.maxpool(F.relu(self.bn1(self.conv1(image))))
        first = self.layer1(stem)
        return [stem, first, self.layer2(first)]

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return (local map, deep map)."""
        return self.late_maps(self.early_maps(image)[-1])

    def late_maps(self, second: Tensor) -> tuple[Tensor, Tensor]:
        """Return (local map, deep map) of the map behind the first two stages."""
        local_map = self.subsampling(self.layer3(second))
        return local_map, self.layer4(local_map)


def _strides(stage: int, blocks: int, layout: Layout) -> list[int]:
    """Return the stride of each block of a stage, counted from 0."""
    strides = [1] * blocks
    if layout.stride == "last":
        strides[-1] = 2 if stage < 3 else 1
    elif stage > 0 and not (layout.subsampled and stage == 3):
        strides[0] = 2
    return strides

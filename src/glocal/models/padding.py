"""TensorFlow's SAME padding made static, so that an exported network is exact for every input size."""

from __future__ import annotations

import torch.nn.functional as F
from timm.layers.conv2d_same import Conv2dSame
from torch import Tensor, nn


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow pads SAME on even inputs: `before` on the left, the rest on the right.

    On the right it pads one more: on even inputs no window reaches it, and on odd inputs the last window,
    which TensorFlow would shift, is kept. So a cell's centre is offset + stride·j for every input size, and
    even inputs (the ones the weights were trained on) give exactly what TensorFlow gives.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        kernel, stride, dilation = conv.kernel_size[0], conv.stride[0], conv.dilation[0]
        super().__init__(
            conv.in_channels,
            conv.out_channels,
            kernel,
            stride,
            0,
            dilation,
            conv.groups,
            conv.bias is not None,
        )
        total = (kernel - 1) * dilation + 1 - stride
        self.before = total // 2
        self.after = kernel - 1 - self.before if stride > 1 else total - self.before
        self.weight, self.bias = conv.weight, conv.bias

    def forward(self, image: Tensor) -> Tensor:
        """Return the map [B, C, ceil(H / stride), ceil(W / stride)]."""
        return super().forward(F.pad(image, (self.before, self.after, self.before, self.after)))


def make_padding_static(module: nn.Module) -> None:
    """Replace every convolution inside `module` that pads by its input's size. Parameter names stay."""
    for name, child in module.named_children():
        if isinstance(child, Conv2dSame):
            setattr(module, name, SameConv2d(child))
        else:
            make_padding_static(child)

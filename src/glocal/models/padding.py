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


class SameForAnySize(nn.Conv2d):
    """A convolution of stride 2 padded exactly as TensorFlow pads SAME: by the parity of its input's size.

    A cell's centre moves by a pixel between even and odd inputs; `before` is what is padded on the left of even ones.
    """

    before: int

    def __init__(self, channels: int, out_channels: int, kernel: int, stride: int, *, bias: bool) -> None:
        super().__init__(channels, out_channels, kernel, stride, bias=bias)
        self.before = (kernel - stride) // 2

    def forward(self, image: Tensor) -> Tensor:
        """Return the map [B, C, ceil(H / stride), ceil(W / stride)]."""
        return super().forward(pad_same(image, self.kernel_size[0], self.stride[0]))


class SameMaxPool(nn.MaxPool2d):
    """Max-pooling padded exactly as TensorFlow pads SAME, of maps that are nowhere negative, as behind a ReLU.

    TensorFlow leaves padded cells out; here they are zeros, which win over none of such a map.
    """

    before: int

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__(kernel, stride)
        self.kernel, self.step = kernel, stride
        self.before = (kernel - stride) // 2

    def forward(self, image: Tensor) -> Tensor:
        """Return the map [B, C, ceil(H / stride), ceil(W / stride)]."""
        return F.max_pool2d(pad_same(image, self.kernel, self.step), self.kernel, self.step)


def pad_same(image: Tensor, kernel: int, stride: int) -> Tensor:
    """Return a map [B, C, H, W] padded with zeros as TensorFlow's SAME pads it; kernel >= stride."""
    sides = []
    for size in (image.shape[3], image.shape[2]):
        total = ((size + stride - 1) // stride - 1) * stride + kernel - size
        sides += [total // 2, total - total // 2]
    return F.pad(image, sides)

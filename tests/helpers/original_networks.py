"""Networks of the codes that weights are imported from, written out plainly from what those codes do.

Each takes a normalised picture [1, 3, H, W], channels in the code's own order, and names variables as the code does.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from original_layers import KerasLayers, Layers, SlimLayers
from torch import Tensor

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
ADDED = 0.2
"""Scale of what a block adds to its shortcut: small, or a random network makes much of the rounding of its numbers."""


class Output(NamedTuple):
    """What a network makes of a picture: descriptor [D] as it comes, attention [h, w], local descriptors [h w, C]."""

    descriptor: Tensor | None
    attention: Tensor | None = None
    local: Tensor | None = None


def rows(cells: Tensor) -> Tensor:
    """Return a map [1, C, h, w] as rows [h w, C]."""
    return cells[0].flatten(1).T


def gem(x: Tensor, power: Tensor | float) -> Tensor:
    """Return the generalised mean [1, C] over places of a map, with one power or one for each channel."""
    powers = torch.as_tensor(power).reshape(-1, 1)
    means = (x[0].flatten(1).clamp(min=1e-6) ** powers).mean(dim=1)
    return (means ** (1 / powers[:, 0]))[None]


# PyTorch


def pycls_resnet(layers: Layers, image: Tensor, depth: int, scope: str) -> tuple[Tensor, Tensor]:
    """Return the maps of stages 3 and 4 of pycls' ResNet: stride on the 3x3 of each stage's first block."""
    x = layers.convolution(image, f"{scope}stem.conv", 64, 7, stride=2, padding=3)
    x = F.max_pool2d(F.relu(layers.norm(x, f"{scope}stem.bn")), 3, 2, 1)
    maps = []
    for stage, blocks in enumerate(BLOCKS[depth], 1):
        for block in range(1, blocks + 1):
            name, width = f"{scope}s{stage}.b{block}", 32 * 2**stage
            stride = 2 if stage > 1 and block == 1 else 1
            inner = F.relu(layers.norm(layers.convolution(x, f"{name}.f.a", width), f"{name}.f.a_bn"))
            inner = layers.convolution(inner, f"{name}.f.b", width, 3, stride=stride, padding=1)
            inner = layers.convolution(F.relu(layers.norm(inner, f"{name}.f.b_bn")), f"{name}.f.c", 4 * width)
            if block == 1:
                x = layers.norm(layers.convolution(x, f"{name}.proj", 4 * width, stride=stride), f"{name}.bn")
            x = F.relu(x + layers.norm(inner, f"{name}.f.c_bn", ADDED))
        maps.append(x)
    return maps[2], maps[3]


def feymanpriv_delg(layers: Layers, image: Tensor, depth: int) -> Output:
    """Return what feymanpriv/DELG does; its local descriptors are the attention head's, of length 1."""
    local_map, deep_map = pycls_resnet(layers, image, depth, "globalmodel.")
    power = layers.variable("globalmodel.head.pool", "p", (1,), centre=2.8)
    descriptor = layers.dense(gem(deep_map, power), "globalmodel.head.fc", 512)
    hidden = layers.norm(layers.convolution(local_map, "localmodel.conv1", 512, bias=True), "localmodel.bn")
    attention = F.softplus(layers.convolution(F.relu(hidden), "localmodel.conv2", 1, bias=True))
    return Output(descriptor[0], attention[0, 0], rows(hidden))


def feymanpriv_dolg(layers: Layers, image: Tensor, depth: int, *, atrous: bool) -> Output:
    """Return what feymanpriv/DOLG does: the fusion at every place, then its average."""
    local_map, deep_map = pycls_resnet(layers, image, depth, "globalmodel.")
    if atrous:
        local_map = _atrous(layers, local_map)
    hidden = layers.norm(layers.convolution(local_map, "localmodel.conv1", 1024, bias=True), "localmodel.bn")
    attention = F.softplus(layers.convolution(F.relu(hidden), "localmodel.conv2", 1, bias=True))
    cells = hidden / hidden.norm(dim=1, keepdim=True)
    seen = layers.dense(gem(deep_map, layers.variable("pool_g", "p", (1,), centre=3.2)), "fc_t", 1024)
    weighed = cells * attention
    shares = torch.einsum("bc,bchw->bhw", seen, weighed) / seen.square().sum()
    beyond = weighed - shares[:, None] * seen[:, :, None, None]
    descriptor = layers.dense(torch.cat([seen, beyond.mean(dim=(2, 3))], dim=1), "fc", 512)
    return Output(descriptor[0], attention[0, 0], rows(cells))


def _atrous(layers: Layers, x: Tensor) -> Tensor:
    whole = F.relu(layers.convolution(x.mean(dim=(2, 3), keepdim=True), "localmodel.aspp.im_pool.1", 512, bias=True))
    views = [whole.expand(-1, -1, *x.shape[2:]), layers.convolution(x, "localmodel.aspp.aspp.0", 512, bias=True)]
    for number, dilation in enumerate((6, 12, 18), 1):
        how = {"padding": dilation, "dilation": dilation}
        views.append(layers.convolution(x, f"localmodel.aspp.aspp.{number}", 512, 3, bias=True, **how))
    return F.relu(layers.convolution(torch.cat(views, dim=1), "localmodel.aspp.conv_after.0", 1024, bias=True))


def torchvision_resnet(layers: Layers, image: Tensor, depth: int, names: tuple[str, ...]) -> Tensor:
    """Return the last map of torchvision's ResNet; `names` are those of conv1, bn1, layer1 to layer4."""
    x = layers.norm(layers.convolution(image, names[0], 64, 7, stride=2, padding=3), names[1])
    x = F.max_pool2d(F.relu(x), 3, 2, 1)
    for stage, blocks in enumerate(BLOCKS[depth]):
        for block in range(blocks):
            name, width = f"{names[2 + stage]}.{block}", 64 * 2**stage
            stride = 2 if stage and not block else 1
            inner = F.relu(layers.norm(layers.convolution(x, f"{name}.conv1", width), f"{name}.bn1"))
            inner = layers.convolution(inner, f"{name}.conv2", width, 3, stride=stride, padding=1)
            inner = layers.convolution(F.relu(layers.norm(inner, f"{name}.bn2")), f"{name}.conv3", 4 * width)
            if not block:
                x = layers.convolution(x, f"{name}.downsample.0", 4 * width, stride=stride)
                x = layers.norm(x, f"{name}.downsample.1")
            x = F.relu(x + layers.norm(inner, f"{name}.bn3", ADDED))
    return x


def cirtorch(layers: Layers, image: Tensor, depth: int, *, pooling: str, whitened: bool) -> Output:
    """Return what cnnimageretrieval-pytorch does: pool, L2, and where there is a layer for it whiten, L2."""
    x = torchvision_resnet(layers, image, depth, tuple(f"features.{number}" for number in (0, 1, 4, 5, 6, 7)))
    if pooling == "gem":
        pooled = gem(x, layers.variable("pool", "p", (1,), centre=2.9))
    elif pooling == "gemmp":
        pooled = gem(x, layers.variable("pool", "p", (2048,), centre=2.9))
    else:
        pooled = x.amax(dim=(2, 3)) if pooling == "mac" else x.mean(dim=(2, 3))
    pooled = pooled / (pooled.norm() + 1e-6)
    if whitened:
        pooled = layers.dense(pooled, "whiten", 2048)
        pooled = pooled / (pooled.norm() + 1e-6)
    return Output(pooled[0])


# TensorFlow


def same(x: Tensor, size: int, stride: int, value: float = 0.0) -> Tensor:
    """Pad a map as TensorFlow's SAME does: what is odd goes below and right."""
    pads = [max((-(-side // stride) - 1) * stride + size - side, 0) for side in x.shape[2:]]
    (high, wide) = pads
    return F.pad(x, (wide // 2, wide - wide // 2, high // 2, high - high // 2), value=value)


def keras_resnet(layers: KerasLayers, image: Tensor, depth: int, *, subsampled: bool = True) -> tuple[Tensor, Tensor]:
    """Return (block3, block4) of the TensorFlow 2 code's ResNet: stride on the first 1x1, biases everywhere."""
    x = layers.convolution(same(image, 7, 2), "backbone/conv1", 64, 7, bias=True, stride=2)
    x = F.max_pool2d(F.relu(layers.norm(x, "backbone/bn_conv1")), 3, 2)
    maps = []
    for stage, blocks in enumerate(BLOCKS[depth], 2):
        for block in range(blocks):
            name, width = f"backbone/l{stage}{chr(ord('a') + block)}", 16 * 2**stage
            stride = 2 if not block and stage > 2 and not (subsampled and stage == 5) else 1
            inner = layers.convolution(x, f"{name}/conv2a", width, bias=True, stride=stride)
            inner = F.relu(layers.norm(inner, f"{name}/bn2a"))
            inner = layers.convolution(same(inner, 3, 1), f"{name}/conv2b", width, 3, bias=True)
            inner = F.relu(layers.norm(inner, f"{name}/bn2b"))
            inner = layers.convolution(inner, f"{name}/conv2c", 4 * width, bias=True)
            if not block:
                x = layers.convolution(x, f"{name}/conv_shortcut", 4 * width, bias=True, stride=stride)
                x = layers.norm(x, f"{name}/bn_shortcut")
            x = F.relu(x + layers.norm(inner, f"{name}/bn2c", ADDED))
        if stage == 4 and subsampled:
            x = x[:, :, ::2, ::2]
        maps.append(x)
    return maps[2], maps[3]


def keras_delg(
    layers: KerasLayers,
    image: Tensor,
    depth: int,
    *,
    global_part: bool = True,
    local_part: bool = True,
    bits: int = 128,
) -> Output:
    """Return what the TensorFlow 2 code does; `bits` 0 has no autoencoder, and no `global_part` is DELF."""
    block3, block4 = keras_resnet(layers, image, depth)
    descriptor = layers.dense(gem(block4, 3.0), "backbone/embedding_layer", 2048)[0] if global_part else None
    if not local_part:
        return Output(descriptor)
    hidden = layers.norm(layers.convolution(block3, "attention/conv1", 512, bias=True), "attention/bn_conv1")
    attention = F.softplus(layers.convolution(F.relu(hidden), "attention/conv2", 1, bias=True))
    cells = block3
    if bits:
        cells = layers.convolution(block3, "autoencoder/conv1", bits, bias=True)
        layers.convolution(cells, "autoencoder/conv2", 1024, bias=True)
    return Output(descriptor, attention[0, 0], rows(cells))


def slim_resnet(layers: SlimLayers, image: Tensor, depth: int) -> tuple[Tensor, Tensor]:
    """Return (block3, block4) of TF-slim's resnet_v1: stride on the 3x3 of the last unit of blocks 1 to 3."""
    scope = f"resnet_v1_{depth}"
    x = layers.convolution(image, f"{scope}/conv1", 64, 7, stride=2, padding=3)
    x = F.relu(layers.norm(x, f"{scope}/conv1"))
    x = F.max_pool2d(same(x, 3, 2, value=-torch.inf), 3, 2)
    maps = []
    for stage, units in enumerate(BLOCKS[depth], 1):
        for unit in range(1, units + 1):
            name, width = f"{scope}/block{stage}/unit_{unit}/bottleneck_v1", 32 * 2**stage
            stride = 2 if stage < 4 and unit == units else 1
            inner = F.relu(layers.norm(layers.convolution(x, f"{name}/conv1", width), f"{name}/conv1"))
            inner = layers.convolution(inner, f"{name}/conv2", width, 3, stride=stride, padding=1)
            inner = layers.convolution(F.relu(layers.norm(inner, f"{name}/conv2")), f"{name}/conv3", 4 * width)
            x = (
                layers.norm(layers.convolution(x, f"{name}/shortcut", 4 * width), f"{name}/shortcut")
                if unit == 1
                else x
            )
            x = F.relu(x[:, :, ::stride, ::stride] + layers.norm(inner, f"{name}/conv3", ADDED))
        maps.append(x)
    return maps[2], maps[3]


def slim_delg(layers: SlimLayers, image: Tensor, depth: int, names: dict[str, str]) -> Output:
    """Return what released DELF, DELG and networks with a global descriptor alone do.

    `names` are the scopes of "attention", "whitening" and "autoencoder", as far as there are such.
    """
    block3, block4 = slim_resnet(layers, image, depth)
    descriptor = attention = cells = None
    if "whitening" in names:
        descriptor = layers.dense(gem(block4, 3.0), names["whitening"], 2048)[0]
    if "attention" in names:
        scope = names["attention"]
        hidden = layers.norm(layers.convolution(block3, f"{scope}/conv1", 512), f"{scope}/conv1")
        attention = F.softplus(layers.convolution(F.relu(hidden), f"{scope}/conv2", 1, bias=True))[0, 0]
        cells = rows(block3)
    if "autoencoder" in names:
        encoded = layers.convolution(block3, f"{names['autoencoder']}/conv1", 128, bias=True)
        layers.convolution(encoded, f"{names['autoencoder']}/conv2", 1024, bias=True)
        cells = rows(encoded)
    return Output(descriptor, attention, cells)

"""How PyTorch implementations of ResNet call their weights: torchvision and timm, cnnimageretrieval, pycls."""

from __future__ import annotations

import re

_PYCLS_STEM = {"conv": "conv1", "bn": "bn1"}
_PYCLS_BLOCK = {
    "proj": "downsample.0",
    "bn": "downsample.1",
    "f.a": "conv1",
    "f.a_bn": "bn1",
    "f.b": "conv2",
    "f.b_bn": "bn2",
    "f.c": "conv3",
    "f.c_bn": "bn3",
}
_TORCHVISION = re.compile(r"(conv1|bn1|layer[1-4]\.\d+\.(conv[123]|bn[123]|downsample\.[01]))\.\w+")


def torchvision_name(name: str) -> str | None:
    """Return our name of a weight of torchvision's or timm's ResNet, or None: it is the same."""
    return f"backbone.{name}" if _TORCHVISION.fullmatch(name) else None


def positional_name(name: str) -> str | None:
    """Return our name of a weight in cnnimageretrieval's numbered `features`: 0 conv1, 1 bn1, 4 to 7 stages."""
    found = re.fullmatch(r"features\.(\d+)\.(.+)", name)
    if found is None:
        return None
    number = int(found[1])
    place = {0: "conv1", 1: "bn1"}.get(number, f"layer{number - 3}" if 4 <= number <= 7 else None)
    return None if place is None else torchvision_name(f"{place}.{found[2]}")


def pycls_name(name: str) -> str | None:
    """Return our name of a weight of pycls' ResNet, or None."""
    stem = re.fullmatch(r"stem\.(conv|bn)\.(\w+)", name)
    if stem:
        return f"backbone.{_PYCLS_STEM[stem[1]]}.{stem[2]}"
    block = re.fullmatch(r"s([1-4])\.b(\d+)\.(proj|bn|f\.[abc](?:_bn)?)\.(\w+)", name)
    if block is None or block[2] == "0":
        return None
    return f"backbone.layer{block[1]}.{int(block[2]) - 1}.{_PYCLS_BLOCK[block[3]]}.{block[4]}"

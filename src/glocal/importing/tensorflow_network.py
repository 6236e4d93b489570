"""The network that weights of either TensorFlow code fill: both looked at pictures alike, and have the same heads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from glocal.models.resnet import Layout
from glocal.training.network_settings import Network


def network_of(
    tensors: Mapping[str, Tensor], depth: int, layout: Layout, *, has_global: bool, has_local: bool
) -> Network:
    """Return the network that weights fill.

    Args:
        tensors: by our names.
        depth: of the ResNet.
        layout: of the ResNet, with four stages; without a global descriptor there are three.
        has_global: whether there is a global descriptor.
        has_local: whether there are local ones; there is at least one of both.
    """
    common: dict[str, Any] = {
        "backbone": f"resnet{depth}",
        "layout": replace(layout, stages=4 if has_global else 3),
        "global_dimensions": len(tensors["whitening.weight"]),
        "mean": (128.0, 128.0, 128.0),
        "std": (128.0, 128.0, 128.0),
    }
    if not has_local:
        return Network(architecture="global", unit_pooled=False, **common)
    encoded = "autoencoder.encoder.weight" in tensors
    channels = tensors["attention.reduce.weight"].shape[1]
    return Network(
        architecture="delg" if has_global else "delf",
        attention_hidden=len(tensors["attention.reduce.weight"]),
        code_dimensions=len(tensors["autoencoder.encoder.weight"]) if encoded else channels,
        local_code="autoencoder" if encoded else "pca",
        **common,
    )

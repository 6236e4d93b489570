"""filipradenovic/cnnimageretrieval-pytorch: GeM networks, global descriptors alone, described by the file's `meta`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from glocal.errors import ModelError
from glocal.extraction import Preset
from glocal.importing.imported import Imported, Projection
from glocal.importing.naming import ASIDE, check_fit, depth_of, renamed, unwhitened
from glocal.importing.pytorch_names import positional_name
from glocal.models.gem import Pooling
from glocal.models.resnet import TORCHVISION
from glocal.training.network_settings import Network

_SCALES = (2**-0.5, 1.0, 2**0.5)
"""The multi-scale setting of the published results (README: --multiscale '[1, 1/2**(1/2), 2**(1/2)]')."""

PRESETS = {
    "paper": Preset("paper", 1024, (), _SCALES, 0),
    "fast": Preset("fast", 512, (), _SCALES[:2], 0),
}
_LEARNED_ON = "retrieval-SfM-120k"
"""Of several whitenings that a file holds, the set of the one that the published results are with (README)."""

_POOLINGS: dict[str, Pooling] = {"gem": "gem_learned", "gemmp": "gem_channels", "spoc": "average", "mac": "max"}


def import_cirtorch(content: Mapping[str, Any], state: Mapping[str, Tensor], source: Path) -> Imported:
    """Import a GeM network.

    Args:
        content: the whole file; its "meta" says what the network is, and may hold `Lw`, a learned whitening.
        state: the weights.
        source: for messages.

    Raises:
        ModelError: it pools or whitens in a way that is not known here, or the weights are not those of a ResNet.
    """
    meta = content.get("meta") or {}
    pooling = _pooling(meta, state, source)
    ours, aside = renamed(state, _rule, source)
    tensors = {name: state[other].float() for name, other in ours.items()}
    depth, _ = depth_of(tensors, source)
    whitened = "whitening.weight" in tensors
    if pooling == "gem_learned":
        tensors["pool.power"] = tensors["pool.power"].reshape(())
    if not whitened:
        tensors |= unwhitened(2048)
    mean, std = ([255.0 * float(value) for value in meta.get(key, ())] for key in ("mean", "std"))
    settings = Network(
        architecture="global",
        backbone=f"resnet{depth}",
        layout=TORCHVISION,
        global_dimensions=len(tensors["whitening.weight"]),
        pooling=pooling,
        mean=mean or None,  # type: ignore[arg-type]  # Pydantic makes tuples of lists
        std=std or None,  # type: ignore[arg-type]
    )
    check_fit(tensors, settings, source)
    return Imported(
        "cirtorch",
        source,
        settings,
        tensors,
        "pytorch",
        PRESETS,
        fusion_power=float(tensors["pool.power"]) if pooling == "gem_learned" and not whitened else 1.0,
        projection=_projection(meta, source),
        left_aside=aside,
    )


def _rule(name: str) -> str | None:
    """Return our name of a weight."""
    if name.endswith("num_batches_tracked"):
        return ASIDE
    heads = {"pool.p": "pool.power", "whiten.weight": "whitening.weight", "whiten.bias": "whitening.bias"}
    return heads.get(name) or positional_name(name)


def _pooling(meta: Mapping[str, Any], state: Mapping[str, Tensor], source: Path) -> Pooling:
    """Return how the network pools, by its meta and, without one, by its weights."""
    for part in ("regional", "local_whitening"):
        if meta.get(part):
            raise ModelError(f"{source}: a network with {part.replace('_', ' ')}, which is not supported")
    power = state.get("pool.p")
    default = "mac" if power is None else "gem" if power.numel() == 1 else "gemmp"
    named = str(meta.get("pooling", default))
    if named not in _POOLINGS or (power is None and named.startswith("gem")):
        raise ModelError(f"{source}: pools by {named}; only {', '.join(_POOLINGS)} are supported")
    return _POOLINGS[named]


def _projection(meta: Mapping[str, Any], source: Path) -> Projection | None:
    """Return the whitening that the file's meta holds apart from the network, for several scales, or None.

    `Lw` is a dictionary of the set it was learned on, then "ss" and "ms" for one scale and several, then m and P.
    """
    if not meta.get("Lw"):
        return None
    try:
        learned = meta["Lw"].get(_LEARNED_ON) or next(iter(meta["Lw"].values()))
        chosen = learned.get("ms", learned.get("ss"))
        mean, matrix = np.asarray(chosen["m"], np.float32).reshape(-1), np.asarray(chosen["P"], np.float32)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{source}: its meta holds a whitening Lw of an unknown form") from error
    if matrix.ndim != 2 or matrix.shape[1] != len(mean) or not np.isfinite(matrix).all():
        raise ModelError(f"{source}: its whitening Lw has a matrix {matrix.shape} for a mean of {len(mean)}")
    return Projection(mean, matrix)

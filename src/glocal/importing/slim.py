"""DELF and DELG as released: SavedModels of TensorFlow 1 whose backbone is TF-slim's resnet_v1."""

from __future__ import annotations

import re
from collections.abc import Iterable

import torch
from torch import Tensor

from glocal.errors import ModelError
from glocal.importing.bundle import Bundle
from glocal.importing.cirtorch import PRESETS as GLOBAL_PRESETS
from glocal.importing.imported import Imported
from glocal.importing.naming import ASIDE, check_fit, depth_of, from_tensorflow, renamed, unwhitened
from glocal.importing.released import released_threshold
from glocal.importing.saved_graph import reads_half_pixels
from glocal.importing.slim_heads import KINDS, find_heads
from glocal.importing.tensorflow_network import network_of
from glocal.models.resnet import SLIM
from glocal.training.export import PRESETS

_SCOPE = re.compile(r"((?:.*/)?)block1/unit_1/.+")
_ASIDE = re.compile(
    r"(.*/)?global_step|(.*/)?logits/(weights|biases)|.*/(Momentum|RMSProp(_1)?|Adam(_1)?|ExponentialMovingAverage)"
)
_BLOCK = re.compile(r"block([1-4])/unit_(\d+)/(?:bottleneck_v1/)?(conv[123]|shortcut)/(BatchNorm/)?(\w+)")
_STEM = re.compile(r"conv1/(BatchNorm/)?(\w+)")
_LAYERS = {"conv1": ("conv1", "bn1"), "conv2": ("conv2", "bn2"), "conv3": ("conv3", "bn3")}
_SHORTCUT = ("downsample.0", "downsample.1")


def is_slim(bundle: Bundle) -> bool:
    """Return whether a checkpoint has variables of TF-slim's ResNet."""
    return any(_SCOPE.fullmatch(name) for name in bundle.entries)


def import_slim(bundle: Bundle, released: str | None = None) -> Imported:
    """Import DELF; DELG where a layer for a global descriptor is there; or that alone, where there is no attention.

    Args:
        bundle: the variables.
        released: which released model it is, for its threshold; None: the one that a folder above it is called like.

    Raises:
        ModelError: a variable has no place, or several would fit one; or a checksum is wrong.
    """
    source = bundle.index
    scope = _backbone_scope(bundle.entries, bundle)
    backbone = [name for name in bundle.entries if _in_backbone(name, scope)]
    others = [name for name in bundle.entries if not _in_backbone(name, scope)]
    ours, aside = renamed(backbone, lambda name: backbone_name(name.removeprefix(scope)), source)
    depth, stages = depth_of(ours, source)
    aside = (*aside, *(name for name in others if _ASIDE.fullmatch(name)))
    shapes = {name: bundle.entries[name].shape for name in others if not _ASIDE.fullmatch(name)}
    ours |= find_heads(shapes, source)
    has_global, has_local = stages == 4 and "whitening.weight" in ours, "attention.reduce.weight" in ours
    if not has_global:
        left = [name for name in ours if name.startswith("backbone.layer4.")]
        aside = (*aside, *(ours.pop(name) for name in left))
    tensors = {name: from_tensorflow(bundle.read(other)) for name, other in ours.items()}
    _fill(tensors, has_global=has_global)
    settings = network_of(tensors, depth, SLIM, has_global=has_global, has_local=has_local)
    check_fit(tensors, settings, source)
    half_pixels = reads_half_pixels(bundle.prefix.parent, default=False)
    return Imported(
        "tf-slim",
        source,
        settings,
        tensors,
        "tensorflow" if half_pixels else "tensorflow1",
        PRESETS if has_local else GLOBAL_PRESETS,
        attention_threshold=released_threshold(source, released) if has_local else None,
        left_aside=aside,
    )


def backbone_name(name: str) -> str | None:
    """Return our name of a variable inside TF-slim's ResNet, `ASIDE` for one of training, or None."""
    if _ASIDE.fullmatch(name):
        return ASIDE
    stem, block = _STEM.fullmatch(name), _BLOCK.fullmatch(name)
    if stem is not None and stem[2] in KINDS:
        return f"backbone.{'bn1' if stem[1] else 'conv1'}.{KINDS[stem[2]]}"
    if block is None or block[5] not in KINDS or block[2] == "0":
        return None
    convolution, norm = _LAYERS.get(block[3], _SHORTCUT)
    return f"backbone.layer{block[1]}.{int(block[2]) - 1}.{norm if block[4] else convolution}.{KINDS[block[5]]}"


def _backbone_scope(names: Iterable[str], bundle: Bundle) -> str:
    """Return the scope of the ResNet.

    Raises:
        ModelError: there are two.
    """
    scopes = sorted({found[1] for found in map(_SCOPE.fullmatch, names) if found and not _ASIDE.fullmatch(found[0])})
    if len(scopes) != 1:
        raise ModelError(f"{bundle.index}: holds the ResNets {', '.join(scopes)}; it is not known which one is meant")
    return scopes[0]


def _in_backbone(name: str, scope: str) -> bool:
    return name.startswith((f"{scope}conv1/", *(f"{scope}block{stage}/" for stage in range(1, 5))))


def _fill(tensors: dict[str, Tensor], *, has_global: bool) -> None:
    """Add what TF-slim leaves out because it changes nothing: biases before batch normalisation, a scale of 1."""
    if not has_global:
        tensors |= unwhitened(tensors["attention.reduce.weight"].shape[1])
    for name in ("attention.reduce", "attention.score", "autoencoder.encoder", "autoencoder.decoder", "whitening"):
        if f"{name}.weight" in tensors:
            tensors.setdefault(f"{name}.bias", torch.zeros(len(tensors[f"{name}.weight"])))
            if tensors[f"{name}.weight"].ndim == 4 and name == "whitening":
                tensors[f"{name}.weight"] = tensors[f"{name}.weight"].flatten(1)
    if "attention.reduce.weight" in tensors:
        tensors.setdefault("attention.norm.weight", torch.ones(len(tensors["attention.reduce.weight"])))

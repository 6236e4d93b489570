"""The official TensorFlow 2 code of DELG and DELF (research/delf, training/model): checkpoints and SavedModels."""

from __future__ import annotations

import re
from dataclasses import replace

from torch import Tensor

from glocal.errors import ModelError
from glocal.importing.bundle import Bundle
from glocal.importing.cirtorch import PRESETS as GLOBAL_PRESETS
from glocal.importing.imported import Imported
from glocal.importing.naming import ASIDE, check_fit, depth_of, from_tensorflow, renamed, unwhitened
from glocal.importing.saved_graph import reads_half_pixels
from glocal.importing.tensorflow_network import network_of
from glocal.models.resnet import KERAS
from glocal.training.export import PRESETS

_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_ASIDE = re.compile(
    r"_CHECKPOINTABLE_OBJECT_GRAPH|.*\.OPTIMIZER_SLOT/.*|(.*/)?(optimizer|save_counter|global_step|step)(/.*)?"
    r"|(.*/)?(cosine_weights|scale_factor|(attn|desc)_classification/(kernel|bias))" + re.escape(_VALUE)
)
_PART = re.compile(r"(?:.*/)?(backbone|attention|autoencoder)/(.+)/(\w+)" + re.escape(_VALUE))
_BLOCK = re.compile(r"l([2-5])(?:([a-z])|b(\d+))/(conv2[abc]|bn2[abc]|conv_shortcut|bn_shortcut)")
_LAYERS = {
    "conv2a": "conv1",
    "bn2a": "bn1",
    "conv2b": "conv2",
    "bn2b": "bn2",
    "conv2c": "conv3",
    "bn2c": "bn3",
    "conv_shortcut": "downsample.0",
    "bn_shortcut": "downsample.1",
}
_TOP = {
    ("backbone", "conv1"): "backbone.conv1",
    ("backbone", "bn_conv1"): "backbone.bn1",
    ("backbone", "embedding_layer"): "whitening",
    ("attention", "conv1"): "attention.reduce",
    ("attention", "bn_conv1"): "attention.norm",
    ("attention", "conv2"): "attention.score",
    ("autoencoder", "conv1"): "autoencoder.encoder",
    ("autoencoder", "conv2"): "autoencoder.decoder",
}
KINDS = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
"""Keras' names of what a layer holds, and PyTorch's."""


def is_tf2(bundle: Bundle) -> bool:
    """Return whether a checkpoint names its variables after Python attributes, as TensorFlow 2 does."""
    return any(name.endswith(_VALUE) for name in bundle.entries)


def import_tf2(bundle: Bundle) -> Imported:
    """Import DELG with or without an autoencoder; DELF, which has no layer for a global descriptor; or that part alone.

    Whether stage 4 has every second row and column left out is no variable, but the layer that does it is named in the
    checkpoint's tree of objects.

    Raises:
        ModelError: the variables are not those of such a network, or a checksum is wrong.
    """
    ours, aside = renamed(bundle.entries, tf2_name, bundle.index)
    depth, _ = depth_of(ours, bundle.index)
    has_global, has_local = "whitening.weight" in ours, "attention.reduce.weight" in ours
    if not has_global and not has_local:
        raise ModelError(
            f"{bundle.index}: has neither attention nor a layer for a global descriptor; import the training checkpoint"
        )
    if not has_global:
        left = [name for name in ours if name.startswith("backbone.layer4.")]
        aside = (*aside, *(ours.pop(name) for name in left))
    tensors: dict[str, Tensor] = {name: from_tensorflow(bundle.read(other)) for name, other in ours.items()}
    if not has_global:
        tensors |= unwhitened(tensors["attention.reduce.weight"].shape[1])
    attributes = bundle.attribute_names()  # none if there is no tree of objects
    layout = replace(KERAS, subsampled=not attributes or "subsampling_layer" in attributes)
    settings = network_of(tensors, depth, layout, has_global=has_global, has_local=has_local)
    check_fit(tensors, settings, bundle.index)
    resize = "tensorflow" if reads_half_pixels(bundle.prefix.parent, default=True) else "tensorflow1"
    presets = PRESETS if has_local else GLOBAL_PRESETS
    return Imported("tf2", bundle.index, settings, tensors, resize, presets, left_aside=aside)


def tf2_name(name: str) -> str | None:
    """Return our name of a variable, `ASIDE` for one of training, or None."""
    if _ASIDE.fullmatch(name):
        return ASIDE
    found = _PART.fullmatch(name)
    if found is None or found[3] not in KINDS:
        return None
    part, layer, kind = found.groups()
    place = _TOP.get((part, layer))
    if place is None and part == "backbone":
        block = _BLOCK.fullmatch(layer)
        if block is not None:
            number = int(block[3]) if block[3] else ord(block[2]) - ord("a")
            place = f"backbone.layer{int(block[1]) - 1}.{number}.{_LAYERS[block[4]]}"
    return None if place is None else f"{place}.{KINDS[kind]}"

"""feymanpriv/DELG and feymanpriv/DOLG: ResNets of pycls with heads, in PyTorch, channels in the order BGR."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from glocal.extraction import Preset
from glocal.importing.imported import Imported
from glocal.importing.naming import ASIDE, Rule, check_fit, depth_of, renamed
from glocal.importing.pytorch_names import pycls_name
from glocal.models.resnet import TORCHVISION
from glocal.training.export import PRESETS
from glocal.training.network_settings import Network

RELAXED_THRESHOLD = 260 / 2**11
"""The extractor starts at 260 and halves until 1000 cells of a scale pass, but not below 0.1 (tools/delg_utils.py).
With at most 1000 features kept over all scales this is the same as its last step for every scale: what a higher step
leaves out on a scale has a thousand stronger cells there."""

_MAX_SIDE = 8192
"""The original has no limit; this is ours."""

DELG_SCALES = (0.25, 0.3535, 0.5, 0.7071, 1.0, 1.4142, 2.0)
DOLG_SCALES = DELG_SCALES[1:6]
_DELG_PAPER = Preset("paper", _MAX_SIDE, DELG_SCALES, DELG_SCALES[3:6], 1000)
_DOLG_PAPER = Preset("paper", _MAX_SIDE, DELG_SCALES, DOLG_SCALES, 1000)

_DELG = {
    "globalmodel.head.pool.p": "pool.power",
    "globalmodel.head.fc": "whitening",
    "localmodel.conv1": "attention.reduce",
    "localmodel.bn": "attention.norm",
    "localmodel.conv2": "attention.score",
}
_DOLG = {
    "pool_g.p": "pool.power",
    "fc_t": "reduce",
    "fc": "whitening",
    "localmodel.conv1": "attention.reduce",
    "localmodel.bn": "attention.norm",
    "localmodel.conv2": "attention.score",
    "localmodel.aspp.aspp.0": "atrous.near",
    "localmodel.aspp.aspp.1": "atrous.dilated.0",
    "localmodel.aspp.aspp.2": "atrous.dilated.1",
    "localmodel.aspp.aspp.3": "atrous.dilated.2",
    "localmodel.aspp.im_pool.1": "atrous.whole",
    "localmodel.aspp.conv_after.0": "atrous.merge",
}
_CLASSIFIERS = re.compile(r"(desc_cls|att_cls)\..+|.+\.num_batches_tracked")


def import_delg(state: Mapping[str, Tensor], source: Path) -> Imported:
    """Import feymanpriv's DELG; its local descriptors are the hidden map of the attention head.

    Raises:
        ModelError: the weights are not those of such a network.
    """
    tensors, aside = _tensors(state, _DELG, source)
    hidden = len(tensors.get("attention.norm.weight", ()))
    settings = Network(
        architecture="delg",
        backbone=f"resnet{depth_of(tensors, source)[0]}",
        layout=TORCHVISION,
        global_dimensions=len(tensors.get("whitening.bias", (0,))),
        attention_hidden=hidden,
        code_dimensions=hidden,
        pooling="gem_learned",
        local_code="hidden",
    )
    check_fit(tensors, settings, source)
    presets = {"paper": _DELG_PAPER, "fast": PRESETS["fast"]}
    return Imported(
        "feymanpriv-delg", source, settings, tensors, "opencv", presets, RELAXED_THRESHOLD, left_aside=aside
    )


def import_dolg(state: Mapping[str, Tensor], source: Path) -> Imported:
    """Import feymanpriv's DOLG, with or without its multi-atrous part.

    Raises:
        ModelError: the weights are not those of such a network.
    """
    tensors, aside = _tensors(state, _DOLG, source)
    atrous = "atrous.merge.weight" in tensors
    if atrous:
        tensors["atrous.merge.weight"] = _near_first(tensors["atrous.merge.weight"])
    width = len(tensors.get("attention.norm.weight", ()))
    settings = Network(
        architecture="dolg",
        backbone=f"resnet{depth_of(tensors, source)[0]}",
        layout=TORCHVISION,
        global_dimensions=len(tensors.get("whitening.bias", (0,))),
        attention_hidden=width,
        code_dimensions=width,
        local_code="pca",
        atrous=atrous,
    )
    check_fit(tensors, settings, source)
    presets = {"paper": _DOLG_PAPER, "fast": PRESETS["fast"]}
    return Imported("feymanpriv-dolg", source, settings, tensors, "opencv", presets, left_aside=aside)


def _tensors(
    state: Mapping[str, Tensor], heads: Mapping[str, str], source: Path
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Return the weights in our names, the first convolution for RGB, and what is left aside."""
    ours, aside = renamed(state, _rule(heads), source)
    tensors = {name: state[other].float() for name, other in ours.items()}
    if "pool.power" in tensors:
        tensors["pool.power"] = tensors["pool.power"].reshape(())
    if "backbone.conv1.weight" in tensors:
        tensors["backbone.conv1.weight"] = tensors["backbone.conv1.weight"].flip(1)  # BGR to RGB
    return tensors, aside


def _rule(heads: Mapping[str, str]) -> Rule:
    """Return the rule for a network with these heads."""

    def rule(name: str) -> str | None:
        if _CLASSIFIERS.fullmatch(name):
            return ASIDE
        if name in heads:
            return heads[name]
        layer, _, kind = name.rpartition(".")
        if layer in heads:
            return f"{heads[layer]}.{kind}"
        return pycls_name(name.removeprefix("globalmodel."))

    return rule


def _near_first(merge: Tensor) -> Tensor:
    """Return the weights [C, 5 C/2, 1, 1] behind the concatenation for our order: the mean of the map comes last."""
    half = merge.shape[1] // 5
    return torch.cat([merge[:, half:], merge[:, :half]], dim=1)

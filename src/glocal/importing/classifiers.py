"""Classifiers of torchvision, timm and pycls: a ResNet to start from, searchable by GeM as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from glocal.importing.cirtorch import PRESETS
from glocal.importing.imported import Imported
from glocal.importing.naming import ASIDE, check_fit, depth_of, renamed, unwhitened
from glocal.importing.pytorch_names import pycls_name, torchvision_name
from glocal.models.resnet import TORCHVISION
from glocal.training.network_settings import Network

_CLASSIFIER = re.compile(r"(fc|head\.fc)\.(weight|bias)|.+\.num_batches_tracked")


def import_classifier(state: Mapping[str, Tensor], source: Path) -> Imported:
    """Import a ResNet that classifies; its classifier is left aside, and GeM with p = 3 pools its last map.

    Raises:
        ModelError: the weights are not those of a ResNet-50, 101 or 152 of this layout.
    """
    ours, aside = renamed(state, _rule, source)
    tensors = {name: state[other].float() for name, other in ours.items()}
    if "stem.conv.weight" in state:
        tensors["backbone.conv1.weight"] = tensors["backbone.conv1.weight"].flip(1)  # pycls reads BGR
    depth, _ = depth_of(tensors, source)
    tensors |= unwhitened(2048)
    settings = Network(
        architecture="global", backbone=f"resnet{depth}", layout=TORCHVISION, global_dimensions=2048, pooling="gem"
    )
    check_fit(tensors, settings, source)
    return Imported("resnet", source, settings, tensors, "area", PRESETS, left_aside=aside)


def _rule(name: str) -> str | None:
    """Return our name of a weight."""
    return ASIDE if _CLASSIFIER.fullmatch(name) else torchvision_name(name) or pycls_name(name)

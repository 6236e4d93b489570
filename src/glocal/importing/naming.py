"""From others' names to ours, and the check that every weight found its place once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glocal.errors import ModelError
from glocal.models.resnet import BLOCKS
from glocal.training.network_settings import Network
from glocal.training.objective import empty_network

ASIDE = ""
"""What a rule gives for a variable that takes no part in extraction."""

Rule = Callable[[str], str | None]
"""From another's name to ours, `ASIDE`, or None for a name it does not know."""

_OURS = ("pca.", "code_transform.")
_SHOWN = 5


def renamed(names: Iterable[str], rule: Rule, source: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return our names with the other's, and what is left aside.

    Raises:
        ModelError: a name is not known, or two names mean the same weight; both are listed.
    """
    ours: dict[str, str] = {}
    aside, unknown, twice = [], [], []
    for name in names:
        new = rule(name)
        if new is None:
            unknown.append(name)
        elif new == ASIDE:
            aside.append(name)
        elif new in ours:
            twice.append(f"{name} and {ours[new]}")
        else:
            ours[new] = name
    if unknown:
        raise ModelError(f"{source}: variables of no known place: {shown(unknown)}; not a network that can be imported")
    if twice:
        raise ModelError(f"{source}: variables of the same place: {shown(twice)}; not a network that can be imported")
    return ours, tuple(aside)


def check_fit(tensors: Mapping[str, Tensor], settings: Network, source: Path) -> None:
    """Check that weights fill a network: every one there, of the right shape, and finite, and none besides.

    Raises:
        ModelError: they do not; the first differences are listed.
    """
    with torch.device("meta"):
        expected = empty_network(settings).state_dict()
    wanted = {name: value for name, value in expected.items() if not _is_own(name)}
    missing = [name for name in wanted if name not in tensors]
    extra = [name for name in tensors if name not in wanted]
    misfits = [
        f"{name} {tuple(tensors[name].shape)} instead of {tuple(value.shape)}"
        for name, value in wanted.items()
        if name in tensors and tensors[name].shape != value.shape
    ]
    if missing or extra or misfits:
        lists = {"missing": missing, "not in this network": extra, "of another shape": misfits}
        told = "; ".join(f"{what}: {shown(names)}" for what, names in lists.items() if names)
        raise ModelError(f"{source}: the weights do not fill a {settings.backbone} {settings.architecture} ({told})")
    broken = [name for name, value in tensors.items() if not torch.isfinite(value).all()]
    if broken:
        raise ModelError(f"{source}: weights that are not finite: {shown(broken)}; download the file again")


def depth_of(names: Iterable[str], source: Path) -> tuple[int, int]:
    """Return (depth, stages) of the ResNet that weights called `backbone.layer<stage>.<block>.` make.

    Raises:
        ModelError: no ResNet has this many blocks.
    """
    blocks: dict[int, set[int]] = {}
    for name in names:
        part = name.removeprefix("backbone.").split(".")
        if part[0].startswith("layer"):
            blocks.setdefault(int(part[0][5:]), set()).add(int(part[1]))
    counts = tuple(max(blocks[stage]) + 1 if stage in blocks else 0 for stage in range(1, 5))
    for depth, expected in BLOCKS.items():
        if counts == expected:
            return depth, 4
        if counts == (*expected[:3], 0):
            return depth, 3
    raise ModelError(f"{source}: stages of {', '.join(map(str, counts))} blocks make no ResNet-50, 101 or 152")


def from_tensorflow(value: NDArray[np.generic]) -> Tensor:
    """Return a TensorFlow weight as PyTorch orders it: kernels [h, w, in, out] and [in, out] have out first."""
    axes = {4: (3, 2, 0, 1), 2: (1, 0)}.get(value.ndim)
    return torch.from_numpy(np.array(value if axes is None else value.transpose(axes), np.float32, order="C"))


def unwhitened(dimensions: int) -> dict[str, Tensor]:
    """Return a whitening layer that changes nothing, for networks without one."""
    return {"whitening.weight": torch.eye(dimensions), "whitening.bias": torch.zeros(dimensions)}


def shown(names: Iterable[str]) -> str:
    """Return the first names in one line, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more


def _is_own(name: str) -> bool:
    """Return whether a tensor is of ours alone: learned on photos, or a count of training steps."""
    return name.startswith(_OURS) or name.endswith("num_batches_tracked")

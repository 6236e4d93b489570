"""PyTorch files of others: only tensors and plain values are read, whatever else is in them is never run."""

from __future__ import annotations

import pickle
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from glocal.errors import ModelError

_DAMAGE = (RuntimeError, EOFError, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error)
_STATE_KEYS = ("model_state", "state_dict", "model")
_NUMPY_1 = "numpy.core.multiarray"
"""Where files of before NumPy 2 look for what rebuilds arrays."""


def read_torch(path: Path) -> dict[str, Any]:
    """Return the dictionary in a PyTorch file: the zip container, that of before PyTorch 1.6, or safetensors.

    Raises:
        ModelError: the file is missing or cut short, holds anything that would run code, or holds no dictionary.
    """
    if not path.is_file():
        raise ModelError(f"{path}: no such file of weights")
    try:
        content = load_file(path) if path.suffix == ".safetensors" else _load(path)
    except pickle.UnpicklingError as error:
        raise ModelError(_refusal(path, str(error))) from error
    except (*_DAMAGE, SafetensorError) as error:
        raise ModelError(f"{path}: not a file of PyTorch weights, or cut short; download it again") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path}: holds no dictionary of weights; save `model.state_dict()`")
    return content


def state_of(content: Mapping[str, Any], path: Path) -> dict[str, Tensor]:
    """Return the tensors of a model by name: the file itself, or the part of it that holds the model.

    "module." before every name, which data-parallel training puts there, is taken off.

    Raises:
        ModelError: there are no tensors.
    """
    inside = next((content[key] for key in _STATE_KEYS if isinstance(content.get(key), Mapping)), content)
    state = {str(name): value for name, value in inside.items() if isinstance(value, Tensor)}
    if not state:
        raise ModelError(f"{path}: holds no weights; save `model.state_dict()`")
    if all(name.startswith("module.") for name in state):
        return {name.removeprefix("module."): value for name, value in state.items()}
    return state


def _load(path: Path) -> Any:
    """Load with PyTorch's reader of weights; besides tensors it lets plain values and NumPy arrays through."""
    rebuild: Any = np.zeros(1).__reduce__()[0]
    rebuild_scalar: Any = np.float64(0).__reduce__()[0]
    allowed = [
        np.ndarray,
        np.dtype,
        *(type(np.dtype(kind)) for kind in (np.float32, np.float64, np.int64)),
        rebuild,
        rebuild_scalar,
        (rebuild, f"{_NUMPY_1}._reconstruct"),
        (rebuild_scalar, f"{_NUMPY_1}.scalar"),
    ]
    with torch.serialization.safe_globals(allowed):
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))


def _refusal(path: Path, message: str) -> str:
    """Say why a pickle was not read; PyTorch names what it would have had to run."""
    named = re.search(r"GLOBAL ([\w.]+)", message)
    if named:
        return f"{path}: holds more than weights ({named[1]}), which could run code; nothing was run. Save a state dict"
    return f"{path}: not a file of PyTorch weights, or damaged; nothing in it was run"

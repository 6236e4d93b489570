"""A network as an ONNX file, checked against PyTorch before it is written."""

from __future__ import annotations

import hashlib
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from glocal.errors import ModelError
from glocal.extraction import OUTPUTS, NetworkFile
from glocal.files import write_whole
from glocal.models.network import Extractor
from glocal.onnx_runtime import ort

OPSET = 17
SIZES = ((64, 64), (97, 161), (224, 160), (255, 321))
"""(height, width) at which the exported network is compared with PyTorch: square, odd, both ways round."""

TOLERANCE = 1e-4
HALVED_TOLERANCE = 5e-2
"""Of the file that is written, whose weights are rounded to 16 bits."""


def to_onnx(extractor: Extractor) -> bytes:
    """Return the network as ONNX: input "image" [1, 3, H, W], outputs as `glocal.extraction` expects them."""
    outputs = _outputs(extractor)
    axes = {"image": {2: "height", 3: "width"}}
    maps = {2: "rows", 3: "columns"}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # The exporter folds the constants of padding, and says so in a warning for each.
        warnings.simplefilter("ignore")
        path = Path(folder) / "network.onnx"
        torch.onnx.export(
            extractor,
            (torch.zeros(1, 3, 96, 128),),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=["image"],
            output_names=outputs,
            dynamic_axes=axes | dict.fromkeys(outputs[1:], maps),
        )
        return path.read_bytes()


def check_onnx(network: bytes, extractor: Extractor, tolerance: float = TOLERANCE) -> float:
    """Compare the ONNX network with PyTorch at several sizes and return the largest relative difference.

    Relative to the largest value of an output, on random images.

    Raises:
        ModelError: it is more than `tolerance`.
    """
    session = ort.InferenceSession(network, providers=["CPUExecutionProvider"])
    outputs, worst = _outputs(extractor), 0.0
    for height, width in SIZES:
        image = np.random.default_rng(height).standard_normal((1, 3, height, width)).astype(np.float32)
        with torch.no_grad():
            expected = extractor(torch.from_numpy(image))
        for name, value, wanted in zip(outputs, session.run(outputs, {"image": image}), expected, strict=True):
            worst = max(worst, _difference(name, value, wanted.numpy()))
    if worst > tolerance:
        raise ModelError(f"the exported network differs from PyTorch by {worst:.1e}; the limit is {tolerance:.0e}")
    return worst


def _outputs(extractor: Extractor) -> list[str]:
    """Return the names of a network's outputs: of one without local features the global descriptor alone."""
    return list(OUTPUTS) if extractor.network.has_local_features else list(OUTPUTS[:1])


def _difference(name: str, value: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    if value.shape != wanted.shape:
        raise ModelError(f"the exported network's {name} has shape {value.shape}, PyTorch's {wanted.shape}")
    return float(np.abs(value - wanted).max() / max(float(np.abs(wanted).max()), 1e-12))


def write_network(path: Path, network: bytes) -> NetworkFile:
    """Write a network; return its entry in the card."""
    onnx.checker.check_model(network)
    write_whole(path, network)
    return NetworkFile(path.name, hashlib.sha256(network).hexdigest(), len(network))

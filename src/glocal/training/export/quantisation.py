"""8-bit networks: static quantisation of the convolutions, ranges measured on real photos."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from glocal.images import read_photo, shrink
from glocal.models.imagenet import Normalisation
from glocal.training.export.halving import store_halved
from glocal.training.photos import to_input

SIDE = 384
"""Longest side of the photos that ranges are measured on, in pixels."""

FLOAT_PARTS = ("/attention/score", "/encoder")
"""Convolutions whose output is an answer: they stay float."""

FLOAT_FIRST = 2
"""The first convolutions stay float: in EfficientNet-Lite0 this halves the error of the global descriptor."""


class _Photos(CalibrationDataReader):  # type: ignore[misc]
    """Feeds photos one by one."""

    def __init__(self, paths: Sequence[Path], normalisation: Normalisation) -> None:
        self._paths = iter(paths)
        self._normalisation = normalisation

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """Return the next photo as network input, or None at the end."""
        path = next(self._paths, None)
        if path is None:
            return None
        pixels = shrink(read_photo(path, fit=SIDE), SIDE)
        image = to_input(pixels[None], self._normalisation).numpy()
        return {"image": np.ascontiguousarray(image)}


def quantise(network: bytes, photos: Sequence[Path], normalisation: Normalisation) -> bytes:
    """Return the ONNX network with 8-bit convolutions (7-bit weights, one scale a channel).

    Weights take 7 bits because processors without VNNI add pairs of products in 16 bits, which would
    overflow with 8. Attention score, codes, GeM, whitening and normalisation stay float.

    Args:
        network: the float32 network.
        photos: photos to measure ranges on; some dozens are enough.
        normalisation: of the network's input.
    """
    with tempfile.TemporaryDirectory() as folder:
        whole, prepared, result = (Path(folder) / f"{step}.onnx" for step in ("whole", "prepared", "result"))
        whole.write_bytes(network)
        quant_pre_process(whole, prepared, skip_symbolic_shape=True)
        convolutions = [node.name for node in onnx.load(prepared).graph.node if node.op_type == "Conv"]
        answers = [name for name in convolutions if any(part in name for part in FLOAT_PARTS)]
        quantize_static(
            prepared,
            result,
            _Photos(photos, normalisation),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Add", "Clip", "Pad"],
            nodes_to_exclude=[*convolutions[:FLOAT_FIRST], *answers],
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        return store_halved(result.read_bytes())

"""From a trained model to ONNX files, in float32 and 8 bits, and their card."""

from glocal.training.export.global_layer import before_layer, with_layer
from glocal.training.export.onnx_export import PRESETS, export
from glocal.training.export.onnx_file import check_onnx, to_onnx, write_network
from glocal.training.export.quantisation import quantise

__all__ = [
    "PRESETS",
    "before_layer",
    "check_onnx",
    "export",
    "quantise",
    "to_onnx",
    "with_layer",
    "write_network",
]

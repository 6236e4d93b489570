"""From a trained model to ONNX files, in float32 and 8 bits, and their card."""

from glocal.training.export.onnx_export import PRESETS, export
from glocal.training.export.onnx_file import check_onnx, to_onnx, write_network
from glocal.training.export.quantisation import quantise

__all__ = [
    "PRESETS",
    "check_onnx",
    "export",
    "quantise",
    "to_onnx",
    "write_network",
]

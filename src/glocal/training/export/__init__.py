"""From a trained model to ONNX files, in float32 and 8 bits, and their card."""

from glocal.training.export.onnx_export import export

__all__ = [
    "export",
]

"""Training DELG in plain PyTorch and exporting it to ONNX. Needs the [train] extra."""

"""ONNX Runtime without its telemetry: the only door to it.

Importing ONNX Runtime 1.32 on Linux writes a device id, and a database of events to be sent, below the user's cache
folder. The variable is read at that import: `disable_telemetry_events()` comes too late.
"""

from __future__ import annotations

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort

__all__ = ["ort"]

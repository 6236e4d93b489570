"""The types of arrays, each named once; docstrings give their shapes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
DoubleArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ByteArray = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Pixels = NDArray[np.uint8]
"""A picture, [H, W, 3] RGB."""

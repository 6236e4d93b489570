"""Counting the bits of 64-bit words in compiled loops: one instruction, or a vector's worth of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

Words = NDArray[np.uint64]


def _count_bits(_context: Any, _word: Any) -> Any:
    """Type and generate LLVM's ctpop of a uint64."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


popcount: Any = intrinsic(_count_bits)

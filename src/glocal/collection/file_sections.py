"""Arrays one after the other in a file that is mapped into memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

ALIGNED = 64
"""Each array begins at a multiple of this many bytes: a line of the processor's cache."""


def layout(
    sections: Sequence[tuple[str, tuple[int, ...]]], start: int
) -> tuple[list[tuple[int, np.dtype[Any], tuple[int, ...]]], int]:
    """Return where the arrays of a file lie.

    Args:
        sections: type and shape of each array, in their order; types as NumPy writes them, with their byte order.
        start: bytes before the first.

    Returns:
        (first byte, type, shape) of each, and the size of the file in bytes.
    """
    placed, place = [], start
    for kind, shape in sections:
        dtype = np.dtype(kind)
        place = -(-place // ALIGNED) * ALIGNED
        placed.append((place, dtype, shape))
        place += int(np.prod(shape, dtype=int)) * dtype.itemsize
    return placed, place

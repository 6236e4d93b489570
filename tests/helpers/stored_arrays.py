"""Arrays as NumPy stores several of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_npz(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file, which is closed then: NumPy leaves it open as long as any may be asked for."""
    with np.load(path) as stored:
        return dict(stored)

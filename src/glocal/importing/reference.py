"""Reference files: pictures, and what the original code computes from them. docs/published-models.md has the format."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.errors import ModelError

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Reference:
    """A reference file.

    Attributes:
        pictures: [H, W, 3] uint8 RGB, by number.
        outputs: what the original code computed, by name; each name holds the number of its picture.
        settings: what the original code was run with: scales, thresholds, numbers of features.
    """

    pictures: Mapping[int, NDArray[np.uint8]]
    outputs: Mapping[str, Array]
    settings: Mapping[str, Array]


def read_reference(path: Path) -> Reference:
    """Read a reference file.

    Raises:
        ModelError: it is missing, damaged, or has no pictures.
    """
    try:
        with np.load(path, allow_pickle=False) as opened:
            arrays = {name: opened[name] for name in opened.files}
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such reference file") from error
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path}: not a reference file, or damaged; it is an .npz of plain arrays") from error
    pictures = {int(name[5:]): array for name, array in arrays.items() if re.fullmatch(r"image\d+", name)}
    if not pictures or any(p.dtype != np.uint8 or p.ndim != 3 or p.shape[2] != 3 for p in pictures.values()):
        raise ModelError(f"{path}: a reference file has pictures image0, image1, ... of [H, W, 3] uint8")
    outputs = {name: array for name, array in arrays.items() if re.search(r"\d", name) and not name.startswith("image")}
    settings = {name: array for name, array in arrays.items() if not re.search(r"\d", name)}
    return Reference(pictures, outputs, settings)

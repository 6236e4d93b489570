"""Descriptors in `.npy` files: checked when opened, read in blocks, written atomically."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.evaluation.errors import EvaluationError
from glocal.files import write_whole

BLOCK_ROWS = 8192
"""Rows read at once: 32 MB of 2048-d float16, 128 MB once widened to float64."""


@dataclass(frozen=True)
class DescriptorFile:
    """One checked `.npy` file of descriptors.

    Attributes:
        path: the file.
        rows, dimensions: its shape.
        dtype: float16, float32 or float64, little or big endian.
        offset: bytes before the first row.
    """

    path: Path
    rows: int
    dimensions: int
    dtype: np.dtype[np.floating[Any]]
    offset: int

    @classmethod
    def open(cls, path: Path) -> DescriptorFile:
        """Read the header of a file and compare it with the file's size.

        Raises:
            EvaluationError: the file is missing, not a C-ordered matrix of floats, or truncated.
        """
        try:
            with path.open("rb") as file:
                shape, fortran, dtype = _header(file)
                offset = file.tell()
                size = path.stat().st_size
        except OSError as error:
            raise EvaluationError(f"{path}: descriptors cannot be read ({error.strerror})") from None
        except ValueError as error:
            raise EvaluationError(f"{path}: not a .npy file ({error})") from None
        if len(shape) != 2 or fortran or dtype.kind != "f":
            raise EvaluationError(
                f"{path}: expected floats of shape [photos, dimensions] in C order, not {dtype} of {list(shape)}"
            )
        expected = offset + shape[0] * shape[1] * dtype.itemsize
        if size != expected:
            raise EvaluationError(f"{path}: {size} bytes instead of {expected}; it is truncated, make it again")
        return cls(path, shape[0], shape[1], dtype, offset)

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[NDArray[np.floating]]:
        """Yield blocks [B, D] of at most `rows` rows.

        They are read plainly: mapped pages would count as memory in use.
        """
        with self.path.open("rb") as file:
            file.seek(self.offset)
            for start in range(0, self.rows, rows):
                count = min(rows, self.rows - start)
                block = np.fromfile(file, self.dtype, count * self.dimensions)
                if block.size != count * self.dimensions:
                    raise EvaluationError(f"{self.path}: became shorter while it was read")
                yield block.reshape(count, self.dimensions)

    def read(self) -> NDArray[np.floating]:
        """Return all rows, [N, D]."""
        return np.concatenate(list(self.blocks())) if self.rows else np.empty((0, self.dimensions), self.dtype)


def open_descriptors(path: str | Path) -> tuple[DescriptorFile, ...]:
    """Open one `.npy` file, or every `.npy` shard of a folder in the order of their names.

    Raises:
        EvaluationError: nothing there, a damaged file, or shards whose dimensions differ.
    """
    place = Path(path)
    found = sorted(place.glob("*.npy")) if place.is_dir() else [place]
    if not found:
        raise EvaluationError(f"{place}: no .npy shards of descriptors here")
    files = tuple(DescriptorFile.open(file) for file in found)
    for file in files:
        if file.dimensions != files[0].dimensions:
            raise EvaluationError(
                f"{file.path}: {file.dimensions} dimensions, but {files[0].path.name} has {files[0].dimensions}"
            )
    return files


def check_rows(files: tuple[DescriptorFile, ...], photos: int, dimensions: int | None, what: str) -> None:
    """Refuse descriptors that do not fit the photos or one another.

    Raises:
        EvaluationError: another number of rows than photos, or another number of dimensions.
    """
    rows = sum(file.rows for file in files)
    place = files[0].path if len(files) == 1 else files[0].path.parent
    if rows != photos:
        raise EvaluationError(f"{place}: {rows} descriptors for {photos} {what}")
    if dimensions is not None and files[0].dimensions != dimensions:
        raise EvaluationError(
            f"{place}: {files[0].dimensions} dimensions, but the queries have {dimensions}; use one model for both"
        )


def write_array(path: Path, array: NDArray[np.generic]) -> None:
    """Write a `.npy` file so that `path` either does not exist or is complete, even after a power cut."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    write_whole(path, buffer.getbuffer())


def _header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read the header of an open `.npy` file; returns (shape, Fortran order, dtype)."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(file)
    raise ValueError(f"version {version}")

"""Features of several photos in files of other codes, whatever the format: a folder of DELF files, or one of HDF5."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from glocal.arrays import FloatArray
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.exchange.delf_files import GLOBAL, LOCAL, OLDER, read_datum, read_delf, write_delf
from glocal.evaluation.exchange.float_features import PhotoFeatures
from glocal.evaluation.exchange.hdf5_files import SUFFIXES, names_in_hdf5, read_hdf5, write_hdf5
from glocal.evaluation.exchange.npz_files import write_npz
from glocal.evaluation.exchange.parquet_files import write_parquet


def is_exchange(path: Path) -> bool:
    """Return whether a path is an HDF5 file, or a folder with files of DELF or DELG."""
    return path.suffix in SUFFIXES or any(True for _ in _delf_files(path))


def write_features(path: Path, photos: Iterator[tuple[str, PhotoFeatures]]) -> int:
    """Write features of photos, by name: into an HDF5 file, or into a folder; return how many.

    Args:
        path: ends with .h5 or .hdf5, or is a folder.
        photos: names with suffix and `/`, such as "oxford/all_souls_000013.jpg"; a folder has files without suffix.

    Raises:
        EvaluationError: h5py is not installed.
    """
    if path.suffix in SUFFIXES:
        return write_hdf5(path, photos)
    count = 0
    for name, features in photos:
        write_delf(path / Path(name).with_suffix(""), features)
        count += 1
    return count


FEATURE_SUFFIXES = (".npz", ".parquet", *SUFFIXES)


def write_feature_file(path: Path, photos: Iterator[tuple[str, PhotoFeatures]]) -> int:
    """Write features of photos, by name, into one file of the format that its suffix says; return how many.

    Raises:
        EvaluationError: h5py or pyarrow is not installed.
    """
    written = {".npz": write_npz, ".parquet": write_parquet}.get(path.suffix.lower(), write_hdf5)
    return written(path, photos)


def feature_names(path: Path) -> list[str]:
    """Return the names of the photos there, without suffix in a folder.

    Raises:
        EvaluationError: there are none, or the file cannot be read.
    """
    if path.suffix in SUFFIXES:
        return names_in_hdf5(path)
    names = sorted({str(file.relative_to(path).with_suffix("")) for file in _delf_files(path)})
    if not names:
        raise EvaluationError(f"{path}: neither an HDF5 file nor a folder of {LOCAL}, {OLDER} and {GLOBAL} files")
    return names


def read_features(path: Path, name: str) -> PhotoFeatures:
    """Return the features of one photo of `feature_names`.

    Raises:
        EvaluationError: there are none, or they are damaged.
    """
    return read_hdf5(path, name) if path.suffix in SUFFIXES else read_delf(path / name)


def read_descriptors(path: Path, names: Sequence[str]) -> FloatArray:
    """Return the global descriptors [N, D] of photos, at length 1, in the order of their names.

    Args:
        path: HDF5 file, or folder of `.delg_global` files.
        names: of N photos, without suffix; in the file they may have one.

    Raises:
        EvaluationError: a photo is missing, has no descriptor, or one of another length.
    """
    known = {str(Path(name).with_suffix("")): name for name in feature_names(path)}
    rows: list[FloatArray] = []
    for name in names:
        if name not in known:
            raise EvaluationError(f"{path}: has no features of {name}")
        row = _descriptor(path, known[name])
        if rows and len(row) != len(rows[0]):
            raise EvaluationError(f"{path}: {name} has {len(row)} dimensions, and {names[0]} has {len(rows[0])}")
        rows.append(row)
    stacked = np.stack(rows)
    return np.asarray(stacked / np.linalg.norm(stacked, axis=1, keepdims=True).clip(1e-12), np.float32)


def _descriptor(path: Path, name: str) -> FloatArray:
    if path.suffix not in SUFFIXES:
        return read_datum(Path(f"{path / name}{GLOBAL}")).ravel()
    whole = read_hdf5(path, name).global_descriptor
    if whole is None:
        raise EvaluationError(f"{path}: {name} has no global_descriptor")
    return whole


def _delf_files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.suffix in (LOCAL, GLOBAL, OLDER))

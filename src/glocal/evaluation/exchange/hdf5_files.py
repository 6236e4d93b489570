"""Features in HDF5, a group for each photo, as hloc keeps them (cvg/Hierarchical-Localization, extract_features.py).

A group is called like the photo's path and holds `keypoints` [N, 2], `descriptors` [C, N], `scores` [N], `image_size`
(width, height) and `global_descriptor` [D]; `scales` [N] are ours beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.exchange.float_features import PhotoFeatures
from glocal.files import publish, unfinished

SUFFIXES = (".h5", ".hdf5")


def write_hdf5(path: Path, photos: Iterator[tuple[str, PhotoFeatures]]) -> int:
    """Write a file of photos by name, whole or not at all; return how many.

    Raises:
        EvaluationError: h5py is not installed.
    """
    h5py, count = hdf5(), 0
    with unfinished(path) as draft:
        with h5py.File(draft, "w") as file:
            for name, features in photos:
                group = file.create_group(name)
                for key, value in _datasets(features).items():
                    group.create_dataset(key, data=value)
                count += 1
        publish(draft, path)
    return count


def read_hdf5(path: Path, name: str) -> PhotoFeatures:
    """Read the features of one photo.

    Raises:
        EvaluationError: the file is missing or damaged, has no such photo, or h5py is not installed.
    """
    with _opened(path) as file:
        if name not in file:
            raise EvaluationError(f"{path}: has no features of {name}")
        try:
            return _features({key: np.asarray(value) for key, value in file[name].items()})
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise EvaluationError(f"{path}: {name} has no features as hloc writes them ({error})") from error


def names_in_hdf5(path: Path) -> list[str]:
    """Return the names of all photos of a file, sorted.

    Raises:
        EvaluationError: as `read_hdf5`.
    """
    found: set[str] = set()
    with _opened(path) as file:
        file.visit(lambda name: found.add(name.rpartition("/")[0]) if _is_last(name) else None)
    return sorted(found)


def _is_last(name: str) -> bool:
    return name.rpartition("/")[2] in ("keypoints", "global_descriptor")


def _datasets(features: PhotoFeatures) -> dict[str, Any]:
    told: dict[str, Any] = {"image_size": np.array(features.image_size or (0, 0))}
    if features.descriptors.size:
        told |= {
            "keypoints": features.keypoints,
            "descriptors": features.descriptors.T,
            "scores": features.scores,
            "scales": features.scales,
        }
    if features.global_descriptor is not None:
        told["global_descriptor"] = features.global_descriptor
    return told


def _features(found: Mapping[str, Any]) -> PhotoFeatures:
    size, keypoints = found.get("image_size"), found.get("keypoints", np.zeros((0, 2)))
    rows, whole = len(keypoints), found.get("global_descriptor")
    return PhotoFeatures(
        None if size is None else (int(size[0]), int(size[1])),
        keypoints.astype(np.float32),
        np.asarray(found.get("scales", np.ones(rows)), np.float32).reshape(rows),
        np.asarray(found.get("scores", np.ones(rows)), np.float32).reshape(rows),
        np.asarray(found.get("descriptors", np.zeros((0, rows))), np.float32).T,
        None if whole is None else whole.astype(np.float32).ravel(),
    )


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        file = hdf5().File(path, "r")
    except FileNotFoundError as error:
        raise EvaluationError(f"{path}: no such file of features") from error
    except OSError as error:
        raise EvaluationError(f"{path}: not an HDF5 file, or damaged; make it again") from error
    with file:
        yield file


def hdf5() -> Any:
    """Return h5py.

    Raises:
        EvaluationError: it is not installed.
    """
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise EvaluationError("HDF5 files need h5py; install it with: pip install 'glocal[hdf5]'") from error
    return h5py

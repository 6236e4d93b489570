"""Features of many photos on disk, extracted in shards: a stopped run goes on where it was.

A folder holds `manifest.json` (which model, which photos) and for each shard of photos

    00000.npy           global descriptors [rows, D]
    00000.local         packed local features, one photo after another
    00000.offsets.int64 where each photo's begin in .local, int64 [rows + 1]

The `.npy` is renamed into place last: a shard that has one is complete.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from glocal.collection import pack, unpack
from glocal.errors import PhotoError
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.features.arrays import DescriptorFile, write_array
from glocal.features import CompactFeatures, Features
from glocal.files import write_json, write_whole
from glocal.progress import OnProgress, silent

SHARD_ROWS = 1000
"""Photos in a shard: about 22 MB of local features, and the most work that a stop loses."""


class Extractor(Protocol):
    """What the store needs of a model."""

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides the features."""
        ...

    def extract_many(self, photos: Iterable[Path]) -> Iterator[tuple[Path, Features | PhotoError]]:
        """Yield (path, features or error) in the order given."""
        ...


@dataclass(frozen=True)
class FeatureStore:
    """Features of `count` photos in a folder, in the order they were given."""

    folder: Path
    count: int
    shard_rows: int
    extracted: int = 0
    """How many of them were extracted by the call that returned this value."""

    @property
    def files(self) -> tuple[DescriptorFile, ...]:
        """The checked descriptor shards, in order."""
        return tuple(DescriptorFile.open(self._shard(number)) for number in range(self.shards))

    @property
    def shards(self) -> int:
        """How many shards there are."""
        return -(-self.count // self.shard_rows)

    @property
    def bytes(self) -> int:
        """Size on disk."""
        return sum(file.stat().st_size for file in self.folder.iterdir())

    def descriptors(self) -> NDArray[np.floating]:
        """Return all global descriptors, [N, D]."""
        return np.concatenate([file.read() for file in self.files])

    def blocks(self) -> Iterator[NDArray[np.floating]]:
        """Yield the global descriptors in blocks, in order."""
        for file in self.files:
            yield from file.blocks()

    def local(self, row: int) -> CompactFeatures:
        """Return the local features of one photo.

        Raises:
            EvaluationError: the shard is damaged.
        """
        shard, index = divmod(row, self.shard_rows)
        path = self._shard(shard)
        try:
            start, end = np.fromfile(path.with_suffix(".offsets.int64"), np.int64, 2, offset=8 * index)
            with path.with_suffix(".local").open("rb") as file:
                file.seek(start)
                return unpack(file.read(end - start))
        except (OSError, ValueError) as error:
            raise EvaluationError(f"{path.with_suffix('.local')}: damaged ({error}); extract again") from None

    def _shard(self, number: int) -> Path:
        return self.folder / f"{number:05}.npy"


def extract_shards(
    model: Extractor,
    photos: Sequence[Path],
    folder: Path,
    *,
    dtype: type[np.floating] = np.float32,
    shard_rows: int = SHARD_ROWS,
    stage: str = "extract",
    on_progress: OnProgress = silent,
) -> FeatureStore:
    """Extract the features of photos, skipping the shards that are already there.

    Args:
        model: what extracts.
        photos: the photos, in database order.
        folder: where the shards go; made if need be.
        dtype: of the stored global descriptors: float32, or float16 for very many.
        shard_rows: photos in a shard.
        stage: what the work is called in `on_progress`.
        on_progress: called after every photo, and once for all that were already there.

    Raises:
        EvaluationError: the folder holds features of another model or other photos, a shard is damaged, or a
            photo cannot be read: leaving one out would quietly change the result.
    """
    store = FeatureStore(folder, len(photos), shard_rows)
    _claim(folder, model.fingerprint, photos, shard_rows, np.dtype(dtype).name)
    missing = [number for number in range(store.shards) if not store._shard(number).exists()]
    for number in set(range(store.shards)) - set(missing):
        _check_shard(store, number)
    done = len(photos) - sum(len(_part(photos, number, shard_rows)) for number in missing)
    on_progress(stage, done, len(photos))
    for number in missing:
        descriptors, packed = [], []
        for path, features in model.extract_many(_part(photos, number, shard_rows)):
            if isinstance(features, PhotoError):
                raise EvaluationError(f"{path}: {features.reason}; every photo of the set is needed, fetch it again")
            descriptors.append(features.global_descriptor)
            packed.append(pack(features.compact()))
            done += 1
            on_progress(stage, done, len(photos))
        _write_shard(store._shard(number), np.array(descriptors, dtype), packed)
    return replace(store, extracted=sum(len(_part(photos, number, shard_rows)) for number in missing))


def names_hash(photos: Sequence[Path]) -> str:
    """Return a hash of which photos these are: names with two folders, and sizes; a moved set stays the same."""
    names = "\n".join(f"{'/'.join(photo.parts[-3:])} {photo.stat().st_size}" for photo in photos)
    return hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()


def _part(photos: Sequence[Path], number: int, rows: int) -> Sequence[Path]:
    return photos[number * rows : (number + 1) * rows]


def _write_shard(path: Path, descriptors: NDArray[np.floating], packed: Sequence[bytes]) -> None:
    """Write the three files of a shard, the one that makes it count last."""
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in packed])]).astype(np.int64)
    write_whole(path.with_suffix(".local"), b"".join(packed))
    write_whole(path.with_suffix(".offsets.int64"), offsets.tobytes())
    write_array(path, descriptors)


def _check_shard(store: FeatureStore, number: int) -> None:
    """Refuse a finished shard whose sizes are wrong."""
    path = store._shard(number)
    rows = min(store.shard_rows, store.count - number * store.shard_rows)
    file = DescriptorFile.open(path)
    local, offsets = path.with_suffix(".local"), path.with_suffix(".offsets.int64")
    try:
        ends = np.fromfile(offsets, np.int64)
        whole = len(ends) == rows + 1 and int(ends[-1]) == local.stat().st_size
    except OSError:
        whole = False
    if file.rows != rows or not whole:
        raise EvaluationError(f"{path}: a damaged shard; delete {path.stem}.* and run again")


def _claim(folder: Path, fingerprint: str, photos: Sequence[Path], rows: int, dtype: str) -> None:
    """Make the folder this extraction's own, or refuse it if it is another's."""
    wanted: dict[str, Any] = {
        "format": 1,
        "model": fingerprint,
        "photos": len(photos),
        "names": names_hash(photos),
        "shard_rows": rows,
        "dtype": dtype,
    }
    manifest = folder / "manifest.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not manifest.exists():
            write_json(manifest, wanted)
        found = json.loads(manifest.read_bytes())
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{manifest}: cannot be used ({error}); choose another folder") from None
    different = sorted(key for key, value in wanted.items() if found.get(key) != value)
    if different:
        raise EvaluationError(f"{folder}: holds features of another {different[0]}; choose another folder")

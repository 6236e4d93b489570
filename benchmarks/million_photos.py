"""A collection of made-up photos, stored as `Collection.add` stores real ones: the network alone is left out.

Global descriptors are made up (see synthetic.py). Local features are those of the example photos with noise: photos
of the same thing have those of the same example, so that verification finds as much to do as among real photos.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.photos import EXAMPLES, Remembered, extract_all, photos_below, strongest
from benchmarks.synthetic import BLOCK, Descriptors
from glocal.arrays import FloatArray
from glocal.collection import Collection
from glocal.collection.adding.file_changes import extracted_step
from glocal.collection.adding.file_state import Seen
from glocal.collection.catalog import CATALOG, Catalog, FileState, pack
from glocal.collection.catalog.stored_features import DESCRIPTOR_TYPE, StoredFeatures
from glocal.extraction import Model
from glocal.features import CompactFeatures, Features
from glocal.parallel_map import map_ahead

BATCH = 512
"""Photos of a transaction; `Collection.add` saves up to 500."""

EVERY_EXAMPLE = 3
FLIPPED = 4
"""2 ** -FLIPPED of the bits of a code are flipped."""

JITTER = 1.5
"""Standard deviation of the noise of positions, pixels."""

OVERHEAD_BYTES = 2600
"""Of a photo beside its local features: row, path, hash, global descriptor, its code and sketch."""

FEATURE_BYTES = 20
MAKERS = 2
"""Processes that make photos up, which takes several times as long as storing them."""

CLUSTERED_AS = 1_000_000
"""The clusters are those of so many photos, however many are made: more are added to a collection, not another one."""

MadeUpPhoto = tuple[Path, FileState, StoredFeatures]


@dataclass(frozen=True)
class MadeUp:
    """Where made-up photos come from.

    Attributes:
        model: the collection's.
        bases: features of examples, each with `limit` local features.
        limit: local features a photo.
    """

    model: Remembered
    bases: tuple[Features, ...]
    limit: int

    @classmethod
    def of(cls, model: Model, limit: int, examples: int | None = None) -> MadeUp:
        """Extract the examples; at most so many, if a number is given."""
        found = extract_all(model, photos_below(EXAMPLES)[::EVERY_EXAMPLE][:examples])
        usable = [features for features in found.values() if len(features)]
        return cls(Remembered(model, found, limit), tuple(_filled(features, limit) for features in usable), limit)

    @cached_property
    def _compact(self) -> list[CompactFeatures]:
        return [base.compact() for base in self.bases]

    def descriptors(self) -> Descriptors:
        """Return the stream of global descriptors."""
        return Descriptors.of(CLUSTERED_AS, self.bases[0].global_descriptor.size)

    def photos(self, first: int, end: int) -> Iterator[MadeUpPhoto]:
        """Yield the photos numbered first to end - 1."""
        number = first // BLOCK * BLOCK
        for vectors, things in self.descriptors().blocks(end, first // BLOCK):
            for vector, thing in zip(vectors, things, strict=True):
                if number >= first:
                    yield (
                        path_of(number),
                        FileState(1, 1, sha256(number.to_bytes(8, "big")).digest()),
                        self._stored(number, vector, thing),
                    )
                number += 1

    def queries(self, count: int) -> list[Features]:
        """Return photos to search with, of things that the collection shows or not."""
        vectors, things = self.descriptors().queries(count)
        bases = [self.bases[thing % len(self.bases)] for thing in things]
        return [replace(base, global_descriptor=vector) for base, vector in zip(bases, vectors, strict=True)]

    def _stored(self, number: int, vector: FloatArray, thing: int) -> StoredFeatures:
        random = np.random.default_rng([3, number])
        base = self._compact[(thing if thing >= 0 else int(random.integers(1 << 30))) % len(self.bases)]
        return StoredFeatures(base.image_size, vector.astype(DESCRIPTOR_TYPE).tobytes(), pack(_noisy(base, random)))


def path_of(number: int) -> Path:
    """Return the path under which a made-up photo is stored."""
    return Path(f"/made-up/photos/{number // 1000:04d}/photo-{number:07d}.jpg")


def store(catalog: Catalog, photos: Sequence[MadeUpPhoto]) -> None:
    """Store photos in one transaction, by the step that `Collection.add` takes for each new photo."""
    steps = [extracted_step(Seen(path, file, None, False, ""), stored) for path, file, stored in photos]
    with catalog.change() as change:
        for step in steps:
            step.apply(change)


def build(folder: Path, made_up: MadeUp, count: int) -> None:
    """Make the collection, or go on where an earlier run was stopped.

    Raises:
        SystemExit: the disk is too small.
    """
    model = made_up.model
    (Collection.open(folder, model) if Collection.exists(folder) else Collection.create(folder, model)).close()
    catalog = Catalog(folder / CATALOG)
    with catalog.snapshot() as snapshot:
        first = snapshot.photo_count()
    require_space(folder, count - first, made_up.limit)
    photos = made_by_processes(made_up, first, count)
    while batch := list(islice(photos, BATCH)):
        began = time.monotonic()
        store(catalog, batch)
        _note(folder, len(batch), time.monotonic() - began)
        first += len(batch)
        if first // BATCH % 20 == 0:
            print(f"{first} photos, stored at {rate(folder):.0f} a second", file=sys.stderr)
    catalog.close()


def made_by_processes(made_up: MadeUp, first: int, end: int) -> Iterator[MadeUpPhoto]:
    """Yield what `made_up.photos(first, end)` does, made by several processes a few blocks ahead."""
    if first >= end:
        return
    starts = range(first // BLOCK * BLOCK, end, BLOCK)
    with ProcessPoolExecutor(MAKERS, get_context("spawn"), _take, (made_up,)) as pool:

        def block(start: int) -> list[MadeUpPhoto]:
            return pool.submit(_photos, max(start, first), min(start + BLOCK, end)).result()

        yield from chain.from_iterable(map_ahead(block, starts, workers=MAKERS, ahead=MAKERS + 1))


_taken: list[MadeUp] = []
"""Of a process that makes photos up: what they are made from."""


def _take(made_up: MadeUp) -> None:
    _taken.append(made_up)


def _photos(first: int, end: int) -> list[MadeUpPhoto]:
    return list(_taken[0].photos(first, end))


def require_space(folder: Path, photos: int, limit: int) -> None:
    """Refuse to begin what the disk cannot hold."""
    needed = photos * (FEATURE_BYTES * limit + OVERHEAD_BYTES) + 1e9
    free = shutil.disk_usage(folder).free
    if photos > 0 and free < needed:
        raise SystemExit(
            f"{folder}: {photos} photos with {limit} local features need {needed / 1e9:.0f} GB, {free / 1e9:.0f} GB "
            "are free; name a folder on a larger disk, or choose fewer --photos or --features"
        )


def features_that_fit(folder: Path, photos: int) -> int:
    """Return 1000 local features a photo if the disk holds them twice, else 500."""
    return 1000 if shutil.disk_usage(folder).free > 2 * photos * FEATURE_BYTES * 1000 else 500


def rate(folder: Path) -> float:
    """Return photos stored a second, making them up left out; NaN if the collection was not built here."""
    notes = folder / "built.json"
    return float(np.divide(*json.loads(notes.read_text()))) if notes.exists() else float("nan")


def _note(folder: Path, photos: int, seconds: float) -> None:
    notes = folder / "built.json"
    before = json.loads(notes.read_text()) if notes.exists() else (0, 0.0)
    notes.write_text(json.dumps((before[0] + photos, before[1] + seconds)))


def _filled(features: Features, limit: int) -> Features:
    """Return `limit` local features: the strongest or, where there are fewer, some of them again."""
    rows = np.sort(np.resize(np.arange(len(features)), limit))
    kept = strongest(features, limit)
    return replace(
        kept,
        keypoints=features.keypoints[rows],
        scales=features.scales[rows],
        attention=features.attention[rows],
        descriptors=features.descriptors[rows],
    )


def _noisy(base: CompactFeatures, random: np.random.Generator) -> CompactFeatures:
    flips = random.integers(0, 256, (FLIPPED, *base.codes.shape), np.uint8)
    jitter = random.normal(0, JITTER, base.keypoints.shape).astype(np.float32)
    return replace(base, codes=base.codes ^ np.bitwise_and.reduce(flips), keypoints=base.keypoints + jitter)

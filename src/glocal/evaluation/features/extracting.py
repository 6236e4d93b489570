"""The first stages of a run: features of database, distractors and queries, each timed and kept in shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.errors import PhotoError
from glocal.evaluation.datasets import PhotoSet
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.features.store import FeatureStore, extract_shards, names_hash
from glocal.evaluation.stopwatch import Stopwatch
from glocal.extraction import Model
from glocal.features import CompactFeatures
from glocal.progress import OnProgress


@dataclass(frozen=True, eq=False)
class Extracted:
    """The features of a set.

    Attributes:
        queries: [Q, D] floats.
        database: [N, D] floats.
        query_local: Q local features.
        core, distractors: where the local features of database rows lie; rows from N on are distractors.
    """

    queries: NDArray[np.floating]
    database: NDArray[np.floating]
    query_local: Sequence[CompactFeatures]
    core: FeatureStore
    distractors: FeatureStore | None

    def local(self, row: int) -> CompactFeatures:
        """Return the local features of one database row."""
        if row < self.core.count or self.distractors is None:
            return self.core.local(row)
        return self.distractors.local(row - self.core.count)

    def distractor_blocks(self) -> Iterator[NDArray[np.floating]]:
        """Yield the descriptors of the distractors in blocks."""
        if self.distractors is not None:
            yield from self.distractors.blocks()


def extract_set(photos: PhotoSet, model: Model, work: Path, watch: Stopwatch, on_stage: OnProgress) -> Extracted:
    """Extract all photos of a set, continuing where a stopped run was.

    Args:
        photos: the set.
        model: what extracts.
        work: folder for the features of any model and set; each has its own place below it.
        watch: notes what each stage cost.
        on_stage: called with (stage, done, all).

    Raises:
        EvaluationError: a photo cannot be read, or a shard is damaged.
    """
    folder = work / model.fingerprint[:16]
    core = _shards(model, photos.photos, folder, "database", watch, on_stage)
    distractors = None
    if photos.distractors:
        distractors = _shards(model, photos.distractors, folder, "distractors", watch, on_stage)
    database = core.descriptors()
    if photos.query_rows is not None:
        rows = list(photos.query_rows)
        return Extracted(database[rows], database, [core.local(row) for row in rows], core, distractors)
    descriptors, local = _queries(photos, model, watch, on_stage)
    return Extracted(descriptors, database, local, core, distractors)


def _shards(
    model: Model, paths: Sequence[Path], folder: Path, what: str, watch: Stopwatch, on_stage: OnProgress
) -> FeatureStore:
    """Extract a list of photos; distractors are stored in half precision."""
    name = f"extract {what}"
    with watch.stage(name) as costs:
        store = extract_shards(
            model,
            paths,
            folder / names_hash(paths)[:16],
            dtype=np.float16 if what == "distractors" else np.float32,
            stage=name,
            on_progress=on_stage,
        )
        costs.items, costs.bytes = store.extracted, store.bytes
    return store


def _queries(
    photos: PhotoSet, model: Model, watch: Stopwatch, on_stage: OnProgress
) -> tuple[NDArray[np.floating], list[CompactFeatures]]:
    """Extract the queries, each cropped to its region, and looked at as inside its photo: the protocol says so."""
    descriptors, local = [], []
    with watch.stage("extract queries") as costs:
        for path, region in zip(photos.queries, photos.regions, strict=True):
            try:
                features = model.extract(path, region, as_inside=True)
            except PhotoError as error:
                raise EvaluationError(f"{path}: {error.reason}; every photo of the set is needed") from None
            descriptors.append(features.global_descriptor)
            local.append(features.compact())
            on_stage("extract queries", len(local), len(photos.queries))
        costs.items = len(local)
    return np.array(descriptors), local

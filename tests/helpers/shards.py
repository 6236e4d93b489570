"""Sharded collections made by hand, photo by photo, and what their answers are held to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glocal.cluster import Layout
from glocal.collection import Collection, Extractor, ModelIdentity, Ranking
from glocal.errors import PhotoError
from glocal.extraction import Model
from glocal.features import Features
from glocal.images import content_hash


class Remembering:
    """The model, which extracts no photo twice."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[Path, Features | PhotoError] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def extract_many(self, photos: Iterable[Path]) -> Iterator[tuple[Path, Features | PhotoError]]:
        wanted = list(photos)
        self._known.update(self._model.extract_many(path for path in wanted if path not in self._known))
        return ((path, self._known[path]) for path in wanted)


def make_shards(root: Path, photos: Iterable[Path], shards: int, model: Extractor) -> Layout:
    layout = Layout.create(root, shards, ModelIdentity.of(model))
    by_shard: list[list[Path]] = [[] for _ in range(shards)]
    for path in photos:
        by_shard[layout.shard_of(content_hash(path))].append(path)
    for folder, paths in zip(layout.folders(root), by_shard, strict=True):
        with Collection.create(folder, model) as shard:
            shard.add(paths)
    return layout


def photos_so_far(root: Path) -> int:
    """Return how many photos are in shards, which may still be made."""
    folders = Layout.read(root).folders(root) if Layout.exists(root) else []
    done = 0
    for folder in filter(Collection.exists, folders):
        with Collection.open(folder) as shard:
            done += len(shard)
    return done


def assert_same(found: Ranking, expected: Ranking) -> None:
    """Two answers are the same in all but the ids of photos."""
    assert [hit.path for hit in found] == [hit.path for hit in expected]
    assert [hit.to_dict(points=True) for hit in found] == [hit.to_dict(points=True) for hit in expected]
    for name in ("view", "orientation", "support", "photo_size", "among_first"):
        assert [getattr(hit, name) for hit in found] == [getattr(hit, name) for hit in expected]
    for name in ("similarity", "probability"):
        np.testing.assert_allclose(_numbers(found, name), _numbers(expected, name), rtol=0, atol=1e-6)


def _numbers(hits: Sequence[object], name: str) -> list[float]:
    return [getattr(hit, name) for hit in hits]

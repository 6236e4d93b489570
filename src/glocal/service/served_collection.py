"""A collection as clients know it: by a name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.cluster import AnyCollection, Cluster, open_collection
from glocal.service.problems import Problem

_FILTERS_REMEMBERED = 16


class ServedCollection:
    """An open collection with a name; it may lie in shards. Safe to use from several threads.

    Args:
        name: in URLs.
        opened: a collection, or the folder of one.

    Raises:
        CollectionError: there is none, or it is damaged.
        ModelError: its model is gone, or its calibration is damaged.
    """

    def __init__(self, name: str, opened: Path | Cluster) -> None:
        self.name = name
        self.collection = open_collection(opened) if isinstance(opened, Path) else opened
        _ = self.collection.calibration  # needed by every search, so better missed now
        self._selected = lru_cache(_FILTERS_REMEMBERED)(self._select)

    def allowed(self, where: Mapping[str, Any]) -> NDArray[np.int64] | None:
        """Return the ids of the photos whose metadata has all that `where` says; None: it says nothing."""
        if not where:
            return None
        return self._selected(json.dumps(where, sort_keys=True), self.collection.counts().generation)

    @property
    def is_changeable(self) -> bool:
        """Whether its photos may be changed here: it is no copy that other machines have too."""
        return not (isinstance(self.collection, Cluster) and self.collection.is_copy)

    @property
    def changeable(self) -> AnyCollection:
        """The collection, for what changes its photos.

        Raises:
            Problem: it is a copy of what was published (422).
        """
        if not self.is_changeable:
            raise Problem(
                422, "This is a copy of a published collection; change that where it is indexed, and publish."
            )
        return self.collection

    @property
    def damaged(self) -> int:
        """Number of photos met so far of which what is stored is damaged: answers are without them."""
        return len({damage.photo for damage in self.collection.damage})

    def _select(self, where: str, _: int) -> NDArray[np.int64]:
        wanted = json.loads(where)
        return self.collection.select(
            lambda metadata: all(key in metadata and metadata[key] == value for key, value in wanted.items())
        )

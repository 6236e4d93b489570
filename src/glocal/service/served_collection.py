"""One collection as the service sees it: photos by id, and an index that stays level with the catalog."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from glocal.collection import Candidate, Collection, PhotoRecord
from glocal.collection.catalog import CATALOG, INDEX, Catalog, Commit
from glocal.collection.index import GlobalIndex
from glocal.collection.search import find_candidates
from glocal.features import CompactFeatures, FloatArray
from glocal.matching import Calibration
from glocal.pair import calibration_of
from glocal.service.problems import Problem

_FILTERS_REMEMBERED = 16


class Shelf:
    """An open collection with a name. Safe to use from several threads.

    Args:
        name: in URLs.
        folder: of the collection.

    Raises:
        CollectionError: there is none, or it is damaged.
        ModelError: its model is gone, or has no calibration.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.collection = Collection.open(folder)
        self.model = self.collection.model
        self.calibration: Calibration = calibration_of(self.model.card)
        self._catalog = Catalog(folder / CATALOG)
        self._index = GlobalIndex(folder / INDEX, self.model.card.global_dimensions)
        self._chosen = lru_cache(_FILTERS_REMEMBERED)(self._choose)

    def close(self) -> None:
        """Close the files."""
        self._catalog.close()
        self.collection.close()

    def counts(self) -> tuple[int, int, int]:
        """Return the number of photos that searches find, of those unreadable, and of changes so far."""
        with self._catalog.snapshot() as snapshot:
            return snapshot.photo_count(), snapshot.unreadable_count(), snapshot.commit().generation

    def photo(self, number: int) -> PhotoRecord:
        """Return a photo by its id.

        Raises:
            Problem: there is none (404).
        """
        return self.photos([number])[0]

    def photos(self, numbers: Sequence[int]) -> list[PhotoRecord]:
        """Return photos by their ids, in this order.

        Raises:
            Problem: one of them does not exist (404).
        """
        with self._catalog.snapshot() as snapshot:
            found = snapshot.photos_with_ids(numbers)
        for number in numbers:
            if number not in found:
                raise Problem(404, f"There is no photo {number} in the collection {self.name}.")
        return [found[number] for number in numbers]

    def known(self, numbers: Sequence[int]) -> dict[int, PhotoRecord]:
        """Return those of the photos that exist, by id."""
        with self._catalog.snapshot() as snapshot:
            return snapshot.photos_with_ids(numbers)

    def page(self, after: int | None, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos in the order of their paths, after photo `after` or from the start."""
        start = None if after is None else self.photo(after).path
        with self._catalog.snapshot() as snapshot:
            return snapshot.photos_after(start, limit)

    def number_of(self, path: Path) -> int | None:
        """Return the id of the photo at this path."""
        with self._catalog.snapshot() as snapshot:
            record = snapshot.photo(path)
        return None if record is None else record.id

    def stored(self, number: int) -> tuple[FloatArray, CompactFeatures]:
        """Return the global descriptor [D] and the local features of a photo.

        Raises:
            Problem: the photo does not exist (404), or was never readable (422).
        """
        self.photo(number)
        with self._catalog.snapshot() as snapshot:
            _, vectors = snapshot.descriptors([number])
            features = snapshot.features([number])
        if number not in features:
            raise Problem(422, "The photo has no features, as it cannot be read.")
        return vectors[0] / np.linalg.norm(vectors[0]), features[number]

    def candidates(self, queries: FloatArray, count: int, where: Mapping[str, Any] | None) -> list[Candidate]:
        """Return the photos most like any of the queries, best first.

        Args:
            queries: [Q, D] float32 of length 1.
            count: most candidates returned.
            where: metadata that they must have; None: any.
        """
        with self._catalog.snapshot() as snapshot:
            if not where:
                return find_candidates(snapshot, self._index, queries, count)
            allowed = self._chosen(json.dumps(where, sort_keys=True), snapshot.commit())
            everything = find_candidates(snapshot, self._index, queries, snapshot.photo_count())
        return [candidate for candidate in everything if candidate.id in allowed][:count]

    def features(self, numbers: Sequence[int]) -> dict[int, CompactFeatures]:
        """Return the local features of those of the photos that are indexed."""
        with self._catalog.snapshot() as snapshot:
            return snapshot.features(numbers)

    def _choose(self, where: str, _: Commit) -> frozenset[int]:
        wanted = json.loads(where)
        return frozenset(
            photo.id
            for photo in self.collection.photos()
            if all(key in photo.metadata and photo.metadata[key] == value for key, value in wanted.items())
        )

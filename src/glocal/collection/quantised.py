"""An 8-bit copy of global descriptors in memory, and a bound on what the rounding costs."""

from __future__ import annotations

from collections.abc import Iterable

import faiss
import numpy as np
from numpy.typing import NDArray

from glocal.features import FloatArray

BLOCK = 4096
"""Descriptors coded at a time."""

_SCAN_SLACK = 1e-4
"""FAISS sums inner products in float32, in an order of its own: off by less than this for unit vectors."""

Ids = NDArray[np.int64]


class QuantisedDescriptors:
    """Global descriptors at one byte a dimension (FAISS's 8-bit scalar quantiser), with the ids of their photos.

    Attributes:
        index: the FAISS index.
        error: the largest distance of a descriptor from its coded form. As queries have length 1, the inner
            product with a coded descriptor is off by no more (Cauchy-Schwarz).
        fresh_error: `error` when the range of each dimension was last chosen from the descriptors themselves.
            Descriptors added later may lie outside that range; a much greater error calls for a rebuild.
    """

    def __init__(self, index: faiss.IndexIDMap, error: float, fresh_error: float) -> None:
        self.index = index
        self.error = error
        self.fresh_error = fresh_error

    @classmethod
    def build(cls, low: FloatArray, high: FloatArray, blocks: Iterable[tuple[Ids, FloatArray]]) -> QuantisedDescriptors:
        """Code all descriptors.

        Args:
            low, high: [D] float32, least and greatest value of each dimension.
            blocks: (ids [n], descriptors [n, D]).
        """
        scalar = faiss.IndexScalarQuantizer(len(low), faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
        scalar.train(np.stack([low, high]))  # it keeps each dimension's least and greatest value, nothing more
        made = cls(faiss.IndexIDMap(scalar), 0.0, 0.0)
        for ids, descriptors in blocks:
            made.add(ids, descriptors)
        made.fresh_error = made.error
        return made

    def __len__(self) -> int:
        """Return the number of descriptors."""
        return int(self.index.ntotal)

    @property
    def dimensions(self) -> int:
        """Length D of a descriptor."""
        return int(self.index.d)

    @property
    def is_coarse(self) -> bool:
        """True if descriptors added later are coded much worse than the first ones."""
        return self.error > 2 * self.fresh_error

    def add(self, ids: Ids, descriptors: FloatArray) -> None:
        """Add descriptors [n, D] of photos that are not in yet."""
        scalar = self.index.index
        for start in range(0, len(ids), BLOCK):
            block = np.ascontiguousarray(descriptors[start : start + BLOCK])
            rounded = scalar.sa_decode(scalar.sa_encode(block))
            self.error = max(self.error, float(np.linalg.norm(block - rounded, axis=1).max()))
            self.index.add_with_ids(block, ids[start : start + BLOCK])

    def remove(self, ids: Ids) -> None:
        """Remove the descriptors of these photos; photos that are not in are passed over."""
        self.index.remove_ids(faiss.IDSelectorBatch(ids))

    def scan(self, queries: FloatArray, count: int) -> tuple[Ids, FloatArray]:
        """Return the `count` photos most like each query: (ids, approximate similarities), both [Q, count].

        Args:
            queries: [Q, D], of length 1.
            count: at most len(self).
        """
        # FAISS shares out queries among threads, never the scan of one; for a few they only wait for each other.
        faiss.omp_set_num_threads(1)
        similarities, ids = self.index.search(np.ascontiguousarray(queries, np.float32), count)
        return ids, similarities

    def bound(self) -> float:
        """Return how far an approximate similarity may be from the exact one."""
        return self.error + _SCAN_SLACK

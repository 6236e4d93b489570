"""Made-up global descriptors that lie like those of real photos, block by block and the same in every run.

What was measured on 4500 descriptors of the bundled model (1368 photos of landmarks, 3038 of anything, the examples)
and is imitated here: two photos of one thing have a cosine of 0.10, 0.39, 0.68 (5, 50, 95 % of pairs), the others
-0.08, 0.02, 0.27 (1, 50, 99 %); the mean of all has length 0.18; and the variance along the principal axes falls as
below. In a random basis, as here, every dimension has a like share of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray

BLOCK = 4096

Things = NDArray[np.int64]
"""[n], equal where two photos show the same thing; -1: what no other photo shows."""

MEAN = 0.18
"""Length of the mean of all descriptors."""

DECAY = 0.7
FIRST = 3
"""Variance along principal axis i of 512 is as (i + FIRST) ** -DECAY; axes of longer descriptors lie in between."""

LOOSEST, TIGHTEST = 0.3, 0.95
"""Cosine of a photo with the centre of its cluster, evenly spread: the cosine of two is the product of theirs."""

PHOTOS_PER_CLUSTER = 20
MOST_CLUSTERS = 20_000
LONE = 0.5
"""Share of photos that show what no other photo shows."""


@dataclass(frozen=True, eq=False)
class Descriptors:
    """A stream of descriptors.

    Attributes:
        dimensions: D.
        clusters: things that several photos show; the sizes of clusters vary by a factor of hundreds.
        seed: another seed, another stream.
    """

    dimensions: int
    clusters: int
    seed: int = 0

    @classmethod
    def of(cls, count: int, dimensions: int, seed: int = 0) -> Descriptors:
        """Return a stream fit for about `count` photos."""
        return cls(dimensions, min(max(count // PHOTOS_PER_CLUSTER, 1), MOST_CLUSTERS), seed)

    def blocks(self, count: int, first_block: int = 0) -> Iterator[tuple[FloatArray, Things]]:
        """Yield the first `count` photos: descriptors [BLOCK, D] float32 and what they show, from a block on."""
        centres = self._centres()
        for block in range(first_block, -(-count // BLOCK)):
            descriptors, things = self._members(centres, [1, block], BLOCK)
            left = min(BLOCK, count - block * BLOCK)  # a block is drawn whole: a photo does not depend on the count
            yield descriptors[:left], things[:left]

    def queries(self, count: int) -> tuple[FloatArray, Things]:
        """Return further photos [count, D], not in the stream, and what they show, the same as those in it."""
        return self._members(self._centres(), [2], count)

    def _members(self, centres: FloatArray, stream: list[int], count: int) -> tuple[FloatArray, Things]:
        random = np.random.default_rng([self.seed, *stream])
        cluster = (random.random(count) ** 3 * self.clusters).astype(np.int64)  # the first clusters are the largest
        closeness = random.uniform(LOOSEST, TIGHTEST, (count, 1)).astype(np.float32)
        lone = random.random(count) < LONE
        closeness[lone] = 0
        vectors = closeness * centres[cluster] + np.sqrt(1 - closeness**2) * self._background(random, count)
        return _unit(vectors), np.where(lone, -1, cluster)

    def _centres(self) -> FloatArray:
        random = np.random.default_rng([self.seed, 0])
        return np.concatenate(
            [self._background(random, min(BLOCK, self.clusters - start)) for start in range(0, self.clusters, BLOCK)]
        )

    def _background(self, random: np.random.Generator, count: int) -> FloatArray:
        """Draw photos of anything: normal, with the variances above about the mean, turned to the random basis."""
        basis, scales, mean = self._shape()
        drawn = random.standard_normal((count, self.dimensions), np.float32) * scales
        return _unit(mean + drawn @ basis)

    def _shape(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        if self.dimensions not in _SHAPES:
            _SHAPES[self.dimensions] = _make_shape(self.dimensions)
        return _SHAPES[self.dimensions]


_SHAPES: dict[int, tuple[FloatArray, FloatArray, FloatArray]] = {}


def _make_shape(dimensions: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    random = np.random.default_rng(dimensions)
    basis, _ = np.linalg.qr(random.standard_normal((dimensions, dimensions)))
    variances = (np.arange(dimensions) * 512 / dimensions + FIRST) ** -DECAY
    scales = np.sqrt(variances / variances.sum() * (1 - MEAN**2))
    mean = MEAN * basis[random.integers(dimensions)]
    return basis.astype(np.float32), scales.astype(np.float32), mean.astype(np.float32)


def _unit(vectors: NDArray[np.floating]) -> FloatArray:
    unit: FloatArray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit

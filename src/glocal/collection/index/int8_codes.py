"""Global descriptors at one byte a dimension, and a bound on what the rounding costs.

Every descriptor has a step of its own: the greatest of its values is 127 steps. Nothing is learned from the
others, so photos come and go without anything to train anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray

BLOCK = 4096
"""Descriptors coded at a time."""

MOST_STEPS = 127

Ids = NDArray[np.int64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Codes:
    """Coded descriptors of n photos; the arrays may be mapped from a file.

    Attributes:
        ids: [n] int64, ascending.
        values: [n, D] int8, in steps.
        steps: [n] float32.
        errors: [n] float32, distance of each descriptor from its coded form. As queries have length 1, the inner
            product with a coded descriptor is off by no more (Cauchy-Schwarz).
    """

    ids: Ids
    values: NDArray[np.int8]
    steps: FloatArray
    errors: FloatArray

    @classmethod
    def of(cls, ids: Ids, descriptors: FloatArray) -> Codes:
        """Code descriptors [n, D]."""
        steps = np.abs(descriptors).max(axis=1, initial=0) / np.float32(MOST_STEPS)
        steps[steps == 0] = 1
        values = np.rint(descriptors / steps[:, None]).astype(np.int8)
        errors = np.linalg.norm(descriptors - values * steps[:, None], axis=1)
        return cls(ids, values, steps.astype(np.float32), errors.astype(np.float32))

    @classmethod
    def empty(cls, dimensions: int) -> Codes:
        """Return the codes of no photos."""
        return cls.of(np.empty(0, np.int64), np.empty((0, dimensions), np.float32))

    @classmethod
    def joined(cls, parts: Sequence[Codes]) -> Codes:
        """Return all photos of several parts, one at least, sorted by id."""
        order = np.argsort(np.concatenate([part.ids for part in parts]), kind="stable")
        return cls(
            ids=np.concatenate([part.ids for part in parts])[order],
            values=np.concatenate([part.values for part in parts])[order],
            steps=np.concatenate([part.steps for part in parts])[order],
            errors=np.concatenate([part.errors for part in parts])[order],
        )

    def __len__(self) -> int:
        """Return the number of photos."""
        return len(self.ids)

    @property
    def dimensions(self) -> int:
        """Length D of a descriptor."""
        return int(self.values.shape[1])

    @cached_property
    def greatest_error(self) -> float:
        """The greatest of all errors."""
        return float(self.errors.max(initial=0))

    def at(self, rows: Rows | slice) -> Codes:
        """Return the photos in these rows, ascending."""
        return Codes(self.ids[rows], self.values[rows], self.steps[rows], self.errors[rows])

    def rows_of(self, ids: Ids) -> Rows:
        """Return the rows, ascending, of those of the photos that are here; `ids` ascend."""
        rows = np.searchsorted(self.ids, ids)
        here = rows < len(self)
        here[here] = self.ids[rows[here]] == ids[here]
        return rows[here]


def evenly(blocks: Iterable[Codes]) -> Iterator[Codes]:
    """Yield the photos of blocks, which follow one another by id, BLOCK at a time; at the end there may be fewer."""
    waiting: Codes | None = None
    for block in blocks:
        for start in range(0, len(block), BLOCK):
            piece = block.at(slice(start, start + BLOCK))
            waiting = Codes.joined([waiting, piece]) if waiting else piece
            if len(waiting) >= BLOCK:
                yield waiting.at(slice(BLOCK))
                waiting = waiting.at(slice(BLOCK, None))
    if waiting:
        yield waiting

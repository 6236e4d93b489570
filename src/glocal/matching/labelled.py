"""Pairs of photos of which it is known whether both show the same thing, with what was found out about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class LabelledPairs:
    """P pairs, and whether each shows the same thing.

    Attributes:
        similarity: [P] float64, inner products of global descriptors.
        background: [P] float64, as `background_of` has it for the search that found the pair; NaN if it is not known.
        support: [P] float64, what the inliers are worth: see `Match.support`.
        correspondences: [P] int64.
        same: [P] bool.
        domain: [P] int64, which kind of photos a pair is from.
        alike: [P] bool, whether pairs of this kind have more in common than chance gives although they show different
            things: a brand's design, the table they lie on.

    Raises:
        ValueError: the lengths differ.
    """

    similarity: NDArray[np.float64]
    background: NDArray[np.float64]
    support: NDArray[np.float64]
    correspondences: NDArray[np.int64]
    same: NDArray[np.bool_]
    domain: NDArray[np.int64]
    alike: NDArray[np.bool_]

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, field.name)) for field in fields(self)}
        if len(lengths) != 1:
            raise ValueError(f"all arrays of labelled pairs must have one length, not {sorted(lengths)}")

    def __len__(self) -> int:
        """Return the number of pairs P."""
        return len(self.same)

    @classmethod
    def joined(cls, parts: Sequence[LabelledPairs]) -> LabelledPairs:
        """Put pairs of several kinds one after another."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

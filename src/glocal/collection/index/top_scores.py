"""The highest of many scores: counted by size, so that equal ones stay together whatever their order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.compiled import compiled

_BINS = 1 << 16

Counts = NDArray[np.int64]


def no_counts() -> Counts:
    """Return counts of no scores."""
    return np.zeros(_BINS, np.int64)


def count_scores(scores: FloatArray, counts: Counts) -> None:
    """Add the scores [n] to the counts."""
    _count(np.ascontiguousarray(scores).view(np.int32), counts)


def threshold(counts: Counts, wanted: int) -> np.float32:
    """Return a score that at least `wanted` of those counted reach, and not many more; 0 < wanted <= all."""
    reached = np.cumsum(counts[::-1])
    key = (_BINS - 1 - int(np.searchsorted(reached, wanted)) - _BINS // 2) << 16
    bits = key if key >= 0 else key ^ 0x7FFFFFFF
    lowest = np.array(bits, np.int32).view(np.float32)
    return np.float32(-np.inf) if np.isnan(lowest) else np.float32(lowest)


@compiled
def reaching(scores: FloatArray, least: np.float32) -> NDArray[np.int64]:
    """Return the places, ascending, of the scores that are at least `least`."""
    found = 0
    for place in range(len(scores)):
        found += scores[place] >= least
    places = np.empty(found + 1, np.int64)
    found = 0
    for place in range(len(scores)):
        places[found] = place  # no branch: written over by the next one unless the score is high enough
        found += scores[place] >= least
    return places[:found]


@compiled
def _count(bits: NDArray[np.int32], counts: Counts) -> None:
    """Count by the upper 16 bits of float32, which order as the numbers do once negative ones are mirrored."""
    for row in range(len(bits)):
        key = bits[row] ^ ((bits[row] >> 31) & 0x7FFFFFFF)
        counts[(key >> 16) + 32768] += 1

"""Random signs that are the same for ever: what an index file means must not depend on a library's generator.

The generator is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014),
with the constants of Vigna's public `splitmix64.c`.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from glocal.arrays import FloatArray
from glocal.compiled import Words

_GAMMA = np.uint64(0x9E3779B97F4A7C15)


def splitmix64(seed: int, count: int) -> Words:
    """Return the first `count` numbers of the generator, [count] uint64."""
    state = np.uint64(seed) + _GAMMA * np.arange(1, count + 1, dtype=np.uint64)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@cache
def random_signs(seed: int, rows: int, columns: int) -> FloatArray:
    """Return signs [rows, columns], 1 or -1: the numbers' bits, lowest first; columns is a multiple of 64."""
    numbers = splitmix64(seed, rows * columns // 64)
    bits = numbers[:, None] >> np.arange(64, dtype=np.uint64) & np.uint64(1)
    signs: FloatArray = (bits.astype(np.float32) * 2 - 1).reshape(rows, columns)
    signs.flags.writeable = False
    return signs

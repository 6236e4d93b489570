"""Building blocks of loops compiled by Numba, shared by matching and the indexes."""

from glocal.compiled.bit_counting import Words, popcount
from glocal.compiled.jit import compiled
from glocal.compiled.prefetching import prefetch

__all__ = [
    "Words",
    "compiled",
    "popcount",
    "prefetch",
]

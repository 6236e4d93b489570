"""Sketches: one bit a dimension, to leave most photos out before their codes are even read.

The method is RaBitQ (Gao and Long, SIGMOD 2024): a descriptor is turned at random, then only the signs are kept,
with one factor that makes the estimate of an inner product unbiased. The random turn is two rounds of random signs
and a Hadamard transform (Ailon and Chazelle, 2009): sums and differences alone, the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glocal.collection.codes import Codes
from glocal.collection.scoring import STREAMS
from glocal.features import FloatArray
from glocal.matching.jit import compiled
from glocal.matching.popcount import Words, popcount

_ROUNDS = 2
_SEED = 20
_QUERY_MOST = 7
"""A query is coded in 4 bits a dimension: its rounding adds 2 % to the error that the sketch makes."""


@dataclass(frozen=True, eq=False)
class Sketches:
    """Sketches of n photos; the arrays may be mapped from a file.

    Attributes:
        bits: [n, W] uint64, signs of the turned descriptors; 64 W is the power of two that holds D.
        factors: [n] float32, by which the inner product with the signs is multiplied.
    """

    bits: Words
    factors: FloatArray

    @classmethod
    def of(cls, codes: Codes) -> Sketches:
        """Sketch coded descriptors."""
        turned = _turned(codes.values * codes.steps[:, None])
        weights = np.abs(turned).sum(axis=1, dtype=np.float64)
        squares = np.square(turned, dtype=np.float64).sum(axis=1)
        factors = np.divide(squares, weights, out=np.zeros_like(squares), where=weights > 0)
        return cls(np.packbits(turned > 0, axis=1).view(np.uint64), factors.astype(np.float32))

    @classmethod
    def joined(cls, parts: Sequence[Sketches]) -> Sketches:
        """Return several parts, one at least, as one."""
        return cls(np.concatenate([part.bits for part in parts]), np.concatenate([part.factors for part in parts]))


@dataclass(frozen=True, eq=False)
class SketchQuery:
    """A turned query in steps of -7 to 7.

    Attributes:
        planes: [4, W] uint64, the bits of the steps in two's complement, lowest first.
        total: sum of all steps.
        step: one step.
    """

    planes: Words
    total: int
    step: np.float32

    @classmethod
    def of(cls, query: FloatArray) -> SketchQuery:
        """Code a query [D]."""
        turned = _turned(query[None])[0]
        step = np.float32(max(float(np.abs(turned).max()), 1e-30) / _QUERY_MOST)
        steps = np.rint(turned / step).astype(np.int64)
        planes = np.packbits(steps >> np.arange(4)[:, None] & 1 == 1, axis=1).view(np.uint64)
        return cls(planes, int(steps.sum()), step)


def sketch_words(dimensions: int) -> int:
    """Return the number W of 64-bit words in a sketch of D dimensions."""
    return max(64, 1 << (dimensions - 1).bit_length()) // 64


def estimate(sketches: Sketches, query: SketchQuery, first: int, out: FloatArray) -> None:
    """Write the estimated similarities of the photos in rows first, first + 1, ... to `out` [n]."""
    rows = slice(first, first + len(out))
    _estimate(sketches.bits[rows], sketches.factors[rows], query.planes, query.total, query.step, out)


def _turned(vectors: FloatArray) -> FloatArray:
    """Return vectors [n, D], filled up with zeros to [n, 64 W], after the random turn."""
    width = 64 * sketch_words(vectors.shape[1])
    turned = np.zeros((len(vectors), width), np.float32)
    turned[:, : vectors.shape[1]] = vectors
    signs = np.random.default_rng(_SEED).integers(0, 2, (_ROUNDS, width)).astype(np.float32) * 2 - 1
    _turn(turned, signs / np.float32(np.sqrt(width)))
    return turned


@compiled
def _turn(vectors: FloatArray, signs: FloatArray) -> None:
    for row in range(len(vectors)):
        vector = vectors[row]
        for turn in range(len(signs)):
            vector *= signs[turn]
            half = 1
            while half < len(vector):
                for start in range(0, len(vector), 2 * half):
                    for i in range(start, start + half):
                        a, b = vector[i], vector[i + half]
                        vector[i], vector[i + half] = a + b, a - b
                half *= 2


@compiled
def _estimate(bits: Words, factors: FloatArray, planes: Words, total: int, step: np.float32, out: FloatArray) -> None:
    share = -(-len(out) // STREAMS)
    for start in range(share):
        for row in range(start, len(out), share):
            chosen = np.uint64(0)  # sum of the query's steps where the sketch has a 1, modulo 2^64
            for i in range(bits.shape[1]):
                word = bits[row, i]
                chosen += (
                    popcount(word & planes[0, i])
                    + (popcount(word & planes[1, i]) << np.uint64(1))
                    + (popcount(word & planes[2, i]) << np.uint64(2))
                    - (popcount(word & planes[3, i]) << np.uint64(3))
                )
            out[row] = np.float32(2 * np.int64(chosen) - total) * factors[row] * step

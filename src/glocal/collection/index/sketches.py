"""Sketches: one bit a dimension, to leave most photos out before their codes are even read.

The method is RaBitQ (Gao and Long, SIGMOD 2024): a descriptor is turned at random, then only the signs are kept,
with one factor that makes the estimate of an inner product unbiased. The random turn is two rounds of random signs
and a Hadamard transform (Ailon and Chazelle, 2009): sums and differences alone, the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glocal.arrays import FloatArray
from glocal.collection.index.int8_codes import Codes
from glocal.collection.index.random_signs import random_signs
from glocal.compiled import Words, compiled, popcount, prefetch

TILE = 64
"""Photos whose words lie together, so that a processor counts the bits of several photos at once."""

_ROUNDS = 2
_SEED = 20
_QUERY_MOST = 7
"""A query is coded in 4 bits a dimension: its rounding adds 2 % to the error that the sketch makes."""


@dataclass(frozen=True, eq=False)
class Sketches:
    """Sketches of n photos; the arrays may be mapped from a file.

    Attributes:
        bits: [T, W, TILE] uint64, signs of the turned descriptors: word w of photo i is at [i // TILE, w, i % TILE].
            64 W is the power of two that holds D, T = `tiles(n)`; the last tile is filled up with zeros.
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
        words = np.packbits(turned > 0, axis=1).view(np.uint64)
        filled = np.pad(words, ((0, tiles(len(words)) * TILE - len(words)), (0, 0)))
        bits = np.ascontiguousarray(filled.reshape(-1, TILE, words.shape[1]).swapaxes(1, 2))
        return cls(bits, factors.astype(np.float32))

    @classmethod
    def joined(cls, parts: Sequence[Sketches]) -> Sketches:
        """Return several parts, one at least, as one; all but the last are of a multiple of TILE photos."""
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


def tiles(photos: int) -> int:
    """Return the number T of tiles that photos fill."""
    return -(-photos // TILE)


def estimate(sketches: Sketches, query: SketchQuery, first: int, out: FloatArray) -> None:
    """Write the estimated similarities of the photos in rows first, first + 1, ... to `out` [n].

    Args:
        sketches, query: what to compare.
        first: a multiple of TILE.
        out: filled.
    """
    bits = sketches.bits[first // TILE : tiles(first + len(out))]
    _estimate(bits, sketches.factors[first : first + len(out)], query.planes, query.total, query.step, out)


def _turned(vectors: FloatArray) -> FloatArray:
    """Return vectors [n, D], filled up with zeros to [n, 64 W], after the random turn."""
    width = 64 * sketch_words(vectors.shape[1])
    turned = np.zeros((len(vectors), width), np.float32)
    turned[:, : vectors.shape[1]] = vectors
    _turn(turned, random_signs(_SEED, _ROUNDS, width) / np.float32(np.sqrt(width)))
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
    chosen = np.empty(TILE, np.uint64)  # sum of the query's steps where a sketch has a 1, modulo 2^64
    for tile in range(len(bits)):
        chosen[:] = np.uint64(0)
        following = min(tile + 1, len(bits) - 1)
        for w in range(bits.shape[1]):
            prefetch(bits[following, w])
            ones, twos, fours, eights = planes[0, w], planes[1, w], planes[2, w], planes[3, w]
            for i in range(TILE):
                word = bits[tile, w, i]
                chosen[i] += (
                    popcount(word & ones)
                    + (popcount(word & twos) << np.uint64(1))
                    + (popcount(word & fours) << np.uint64(2))
                    - (popcount(word & eights) << np.uint64(3))
                )
        first = tile * TILE
        for i in range(min(TILE, len(out) - first)):
            out[first + i] = np.float32(2 * np.int64(chosen[i]) - total) * factors[first + i] * step

"""Compiled loops of voting: a query's features read the lists of their words, and vote for photos."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import ByteArray
from glocal.collection.local_index.visual_words import CodeWords
from glocal.compiled import compiled, popcount

FARTHEST = 40
"""Most bits in which two features' codes differ, of 128, if one is to vote for the photo of the other: as far as
matching goes (`glocal.matching.match.FARTHEST`). In the samples of `voting.DIVISOR`, 84.2 and 85.9 % of the right
photos are among the first hundred; with 36 it is 83.6 and 85.0."""

_NOT_SEEN = 255


@compiled
def matches(
    codes: CodeWords,
    words: NDArray[np.int32],
    starts: NDArray[np.int64],
    photos: NDArray[np.uint16],
    stored: CodeWords,
    hidden: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.uint16], ByteArray]:
    """Find the photos of a segment that have a feature like one of a query's: each feature its nearest in each photo.

    Args:
        codes: [Q, 2], the query's features.
        words: [Q, m], words whose lists each of them reads.
        starts, photos, stored: the lists: see `Segment`.
        hidden: [n], photos that are passed over.

    Returns:
        ends [Q], rows [M] of photos and distances [M] in bits: those of feature q are before ends[q].
    """
    room = 0
    for q in range(len(words)):
        for word in words[q]:
            room += starts[word + 1] - starts[word]
    ends, rows, distances = np.empty(len(codes), np.int64), np.empty(room, np.uint16), np.empty(room, np.uint8)
    nearest = np.full(len(hidden), _NOT_SEEN, np.uint8)
    end = 0
    for q in range(len(codes)):
        first = end
        for word in words[q]:
            for place in range(starts[word], starts[word + 1]):
                distance = popcount(codes[q, 0] ^ stored[place, 0]) + popcount(codes[q, 1] ^ stored[place, 1])
                if distance > FARTHEST:
                    continue
                photo = photos[place]
                if photo >= len(hidden) or hidden[photo]:  # the former only in a damaged file
                    continue
                if nearest[photo] == _NOT_SEEN:
                    rows[end] = photo
                    end += 1
                nearest[photo] = min(nearest[photo], distance)
        for place in range(first, end):
            distances[place], nearest[rows[place]] = nearest[rows[place]], _NOT_SEEN
        ends[q] = end
    return ends, rows[:end].copy(), distances[:end].copy()


@compiled
def count_distances(ends: NDArray[np.int64], distances: ByteArray, counts: NDArray[np.int64]) -> None:
    """Add to counts [Q, FARTHEST + 1] how many photos each feature found at each distance."""
    first = 0
    for q in range(len(ends)):
        for place in range(first, ends[q]):
            counts[q, distances[place]] += 1
        first = ends[q]


@compiled
def add_votes(
    ends: NDArray[np.int64],
    rows: NDArray[np.uint16],
    distances: ByteArray,
    weights: NDArray[np.float32],
    scores: NDArray[np.float32],
) -> None:
    """Add to scores [n] what each feature's finds weigh: weights [Q, FARTHEST + 1] by feature and distance."""
    first = 0
    for q in range(len(ends)):
        for place in range(first, ends[q]):
            scores[rows[place]] += weights[q, distances[place]]
        first = ends[q]

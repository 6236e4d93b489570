"""Learning visual words: k-majority, the k-means of binary codes, in two levels.

Source: Grana, Borghesani, Manfredi, Cucchiara, "A fast approach for integrating ORB descriptors in the bag of words
model", 2013.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import ByteArray
from glocal.collection.local_index.visual_words import CodeWords, VisualWords, code_words
from glocal.compiled import compiled, popcount
from glocal.errors import PhotoError

GROUPS = 256
WORDS_PER_GROUP = 256
"""65,536 words in all. With fewer, more features are read for the same recall only where few words are searched."""

_ROUNDS = 6


def learn_words(
    codes: ByteArray, groups: int = GROUPS, words_per_group: int = WORDS_PER_GROUP, seed: int = 0
) -> VisualWords:
    """Learn words from the codes of many photos' features.

    Args:
        codes: [N, B/8] uint8; a hundred for each word do, a dozen are few.
        groups: groups of words.
        words_per_group: words in each.
        seed: of the codes that words begin as.

    Raises:
        PhotoError: there are fewer different codes than groups or words of a group.
    """
    words = np.unique(code_words(codes), axis=0)
    if len(words) < max(groups, words_per_group):
        raise PhotoError("photos", f"have {len(words)} different features, too few for so many words; name more photos")
    random = np.random.default_rng(seed)
    learned = _k_majority(words, groups, random)
    member = np.empty(len(words), np.int32)
    _assign(words, learned, member)
    parts = []
    for group in range(groups):
        own = words[member == group]
        if len(own) < words_per_group:
            own = np.concatenate([own, words[random.choice(len(words), words_per_group - len(own), replace=False)]])
        parts.append(_k_majority(own, words_per_group, random))
    return VisualWords(learned, np.concatenate(parts))


def _k_majority(codes: CodeWords, count: int, random: np.random.Generator) -> CodeWords:
    """Return `count` words: each in turn the majority, bit by bit, of the codes nearest to it."""
    words = codes[random.choice(len(codes), count, replace=False)]
    nearest = np.empty(len(codes), np.int32)
    for _ in range(_ROUNDS):
        _assign(codes, words, nearest)
        words = _majorities(codes, nearest, words)
    return words


@compiled
def _assign(codes: CodeWords, words: CodeWords, nearest: NDArray[np.int32]) -> None:
    """Write the row of the word nearest to each code; of equally near ones the first."""
    for i in range(len(codes)):
        best = 129
        for row in range(len(words)):
            distance = popcount(codes[i, 0] ^ words[row, 0]) + popcount(codes[i, 1] ^ words[row, 1])
            if distance < best:
                best, nearest[i] = distance, row


@compiled
def _majorities(codes: CodeWords, nearest: NDArray[np.int32], words: CodeWords) -> CodeWords:
    """Return for each word the bits that most of its codes have; a tie is 0, and a word without codes stays."""
    one = np.uint64(1)
    ones, counts = np.zeros((len(words), 128), np.int64), np.zeros(len(words), np.int64)
    for i in range(len(codes)):
        counts[nearest[i]] += 1
        for bit in range(128):
            ones[nearest[i], bit] += np.int64(codes[i, bit // 64] >> np.uint64(bit % 64) & one)
    result = words.copy()
    for row in range(len(words)):
        if counts[row]:
            result[row] = 0
            for bit in range(128):
                if 2 * ones[row, bit] > counts[row]:
                    result[row, bit // 64] |= one << np.uint64(bit % 64)
    return result

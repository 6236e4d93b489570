"""Visual words: binary codes that stand for the codes around them, so that an inverted file can list features by word.

Words come in groups, each with a code of its own: a code's nearest words are looked for in the groups nearest to it (a
vocabulary tree of two levels: Nistér and Stewénius, "Scalable recognition with a vocabulary tree", CVPR 2006).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import ByteArray
from glocal.compiled import compiled, popcount
from glocal.errors import ModelError

CODE_BYTES = 16
"""Codes of up to 128 bits are listed; shorter ones are padded with zeros."""

CodeWords = NDArray[np.uint64]
"""[N, 2]: codes of 128 bits."""

GROUPS_SEARCHED = 16
"""Groups in which the words of a query's feature are looked for."""

GROUPS_LISTED = 4
"""Groups in which the one word of a stored feature is looked for."""


@dataclass(frozen=True, eq=False)
class VisualWords:
    """The words of one model.

    Attributes:
        groups: [G, 2] uint64, the codes of the groups.
        words: [G * P, 2] uint64; those of a group lie side by side.

    Raises:
        ModelError: there are no words, or the groups are not of one size.
    """

    groups: CodeWords
    words: CodeWords

    def __post_init__(self) -> None:
        if not len(self.groups) or not len(self.words) or len(self.words) % len(self.groups):
            raise ModelError(f"{len(self.words)} visual words cannot be in {len(self.groups)} groups of one size")

    @classmethod
    def from_array(cls, array: ByteArray) -> VisualWords:
        """Read words as a model holds them.

        Args:
            array: [G, 1 + P, B/8] uint8: of each group its own code, then its words.

        Raises:
            ModelError: the array has another form.
        """
        if array.ndim != 3 or array.dtype != np.uint8 or array.shape[1] < 2 or not 1 <= array.shape[2] <= CODE_BYTES:
            raise ModelError(
                f"visual words are bytes [groups, 1 + words, at most {CODE_BYTES}], not {array.dtype} {array.shape}"
            )
        codes = code_words(array.reshape(-1, array.shape[2])).reshape(array.shape[0], array.shape[1], 2)
        return cls(np.ascontiguousarray(codes[:, 0]), np.ascontiguousarray(codes[:, 1:]).reshape(-1, 2))

    def to_array(self) -> ByteArray:
        """Return the form that `from_array` reads."""
        per_group = len(self.words) // len(self.groups)
        codes = np.concatenate([self.groups[:, None], self.words.reshape(-1, per_group, 2)], axis=1)
        return codes.view(np.uint8)

    @property
    def fingerprint(self) -> str:
        """Hash of the words: lists by other words are of no use."""
        return hashlib.sha256(self.groups.tobytes() + self.words.tobytes()).hexdigest()

    def __len__(self) -> int:
        """Return the number of words."""
        return len(self.words)

    def nearest(self, codes: CodeWords, count: int, groups: int) -> NDArray[np.int32]:
        """Return the words nearest to each code, [N, count], nearest first.

        Args:
            codes: [N, 2].
            count: fewer are returned if the groups searched have fewer.
            groups: how many groups to look in; all if there are fewer.
        """
        groups = min(groups, len(self.groups))
        found = np.empty((len(codes), min(count, len(self.words) // len(self.groups) * groups)), np.int32)
        _nearest(codes, self.groups, self.words, groups, found)
        return found


def code_words(codes: ByteArray) -> CodeWords:
    """Return codes [N, B/8] as two 64-bit words each, padded with zeros.

    Raises:
        ModelError: they are longer than 128 bits.
    """
    width = codes.shape[1]
    if width > CODE_BYTES:
        raise ModelError(f"codes of {8 * width} bits have no visual words; at most {8 * CODE_BYTES} bits have")
    if width < CODE_BYTES:
        codes = np.pad(codes, ((0, 0), (0, CODE_BYTES - width)))
    return np.ascontiguousarray(codes).view(np.uint64)


@compiled
def _nearest(codes: CodeWords, groups: CodeWords, words: CodeWords, searched: int, found: NDArray[np.int32]) -> None:
    per_group, count = len(words) // len(groups), found.shape[1]
    near_groups, group_distances = np.empty(searched, np.int32), np.empty(searched, np.int32)
    distances = np.empty(count, np.int32)
    for i in range(len(codes)):
        _keep_nearest(codes[i], groups, 0, len(groups), near_groups, group_distances, 0)
        kept = 0
        for place in range(searched):
            first = int(near_groups[place]) * per_group
            kept = _keep_nearest(codes[i], words, first, first + per_group, found[i], distances, kept)


@compiled
def _keep_nearest(
    code: CodeWords,
    words: CodeWords,
    first: int,
    end: int,
    found: NDArray[np.int32],
    distances: NDArray[np.int32],
    kept: int,
) -> int:
    """Insert words[first:end] into the sorted list of the nearest, of which `kept` are there; return how many then."""
    for row in range(first, end):
        distance = popcount(code[0] ^ words[row, 0]) + popcount(code[1] ^ words[row, 1])
        if kept == len(found) and distance >= distances[kept - 1]:
            continue
        kept = min(kept + 1, len(found))
        place = kept - 1
        while place > 0 and distances[place - 1] > distance:
            distances[place], found[place] = distances[place - 1], found[place - 1]
            place -= 1
        distances[place], found[place] = distance, row
    return kept

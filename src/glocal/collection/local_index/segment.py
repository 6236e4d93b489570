"""A segment of the local index: the features of some thousand photos, listed by visual word.

Segments never change. Photos that come make a new one, small ones are merged, and of photos that go the rows are
hidden, so that the index follows its catalog without being made anew (a log-structured merge tree: O'Neil et al. 1996).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from glocal.collection.local_index.visual_words import GROUPS_LISTED, CodeWords, VisualWords, code_words
from glocal.features import CompactFeatures

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

MOST_PHOTOS = 16_384
"""Photos of a segment: their rows fit 16 bits, and making or merging one takes some hundred megabytes."""


@dataclass(frozen=True, eq=False)
class Segment:
    """The lists of all words over some photos.

    Attributes:
        ids: [n] int64, ascending, n <= 65,536: the photos.
        starts: [K + 1] int64: the list of word k is rows starts[k] to starts[k + 1] of the next two.
        photos: [F] uint16, the row in `ids` of each feature's photo.
        codes: [F, 2] uint64, the features' codes.
    """

    ids: Ids
    starts: NDArray[np.int64]
    photos: NDArray[np.uint16]
    codes: CodeWords

    @classmethod
    def of(cls, words: VisualWords, ids: Ids, features: Sequence[CompactFeatures]) -> Segment:
        """List the features of photos.

        Args:
            words: by which to list.
            ids: [n], ascending.
            features: of these photos.

        Raises:
            ModelError: the codes are longer than those of visual words.
        """
        none = np.empty((0, 2), np.uint64)
        codes = np.concatenate([none, *(code_words(photo.codes) for photo in features)])
        rows = np.repeat(np.arange(len(ids)), [len(photo) for photo in features]).astype(np.uint16)
        listed = words.nearest(codes, 1, GROUPS_LISTED)[:, 0]
        return cls._listed(ids, len(words), listed, rows, codes)

    @classmethod
    def empty(cls, words: int) -> Segment:
        """Return a segment without photos, for this many words."""
        none = np.empty(0, np.uint16)
        return cls(np.empty(0, np.int64), np.zeros(words + 1, np.int64), none, np.empty((0, 2), np.uint64))

    @classmethod
    def merged(cls, parts: Sequence[tuple[Segment, Mask]]) -> Segment:
        """Return one segment of the photos of several that are not hidden.

        Args:
            parts: at least one segment, and which of its photos are hidden, [n] bool. No photo is in two of them.
        """
        ids = np.concatenate([segment.ids[~hidden] for segment, hidden in parts])
        order = np.argsort(ids)
        place = np.empty(len(ids), np.int64)
        place[order] = np.arange(len(ids))
        listed, rows, codes, first = [], [], [], 0
        for segment, hidden in parts:
            kept = ~hidden[segment.photos]
            new_rows = np.cumsum(~hidden) - 1 + first
            rows.append(place[new_rows[segment.photos[kept]]].astype(np.uint16))
            listed.append(segment.words_of_features()[kept])
            codes.append(segment.codes[kept])
            first += int(np.count_nonzero(~hidden))
        words = len(parts[0][0].starts) - 1
        return cls._listed(ids[order], words, np.concatenate(listed), np.concatenate(rows), np.concatenate(codes))

    @classmethod
    def _listed(
        cls, ids: Ids, words: int, listed: NDArray[np.int32], rows: NDArray[np.uint16], codes: CodeWords
    ) -> Segment:
        """Sort features by word, those of one word by photo."""
        order = np.lexsort((rows, listed))
        starts = np.zeros(words + 1, np.int64)
        np.cumsum(np.bincount(listed, minlength=words), out=starts[1:])
        return cls(ids, starts, rows[order], codes[order])

    def __len__(self) -> int:
        """Return the number of photos."""
        return len(self.ids)

    @property
    def features(self) -> int:
        """The number of features."""
        return len(self.photos)

    @cached_property
    def features_of_photos(self) -> NDArray[np.int64]:
        """How many features each photo [n] has."""
        return np.bincount(self.photos, minlength=len(self.ids))[: len(self.ids)]

    def words_of_features(self) -> NDArray[np.int32]:
        """Return the word [F] of each feature."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))

    def rows_of(self, ids: Ids) -> Mask:
        """Say of each photo whether it is one of `ids` (ascending), [n] bool."""
        if not len(ids):
            return np.zeros(len(self.ids), np.bool_)
        places = np.minimum(np.searchsorted(ids, self.ids), len(ids) - 1)
        return np.asarray(ids[places] == self.ids, np.bool_)

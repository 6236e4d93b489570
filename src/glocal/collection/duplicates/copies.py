"""Which photo of a group of copies is kept, and how the others differ from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glocal.agreement import (
    MIN_CORRELATION,
    PictureDifference,
    difference_of,
    mean_scale,
    read_picture,
    weakest_correlation,
)
from glocal.collection.catalog import PhotoRecord
from glocal.collection.duplicates.copy_quality import best_of, resolution_steps
from glocal.collection.duplicates.difference_words import is_stretched_beside, words_of
from glocal.collection.duplicates.picture_comparer import PairProof, differ_in_print
from glocal.errors import PhotoError

Keep = Literal["best", "largest", "oldest"]
"""Which photo is kept. best: see `best_of`. largest: that of most pixels, then bytes. oldest: that taken first, by its
camera, else by its file."""

_MOST_REFERENCES = 3
"""Photos that the others are compared with, one after the other, to choose the best."""


@dataclass(frozen=True, eq=False)
class DuplicatePair:
    """Two photos that show the same picture, and what proves it."""

    first: PhotoRecord
    second: PhotoRecord
    proof: PairProof


@dataclass(frozen=True, eq=False)
class Copy:
    """A photo beside the one that is kept.

    Attributes:
        photo: the copy.
        differs: in what it differs from the one kept, in words; empty if in nothing.
        difference: of its pixels; None for the same bytes, or where a file cannot be read.
        proved: compared with the one kept itself, it shows the same picture.
    """

    photo: PhotoRecord
    differs: tuple[str, ...]
    difference: PictureDifference | None
    proved: bool

    @property
    def is_stretched(self) -> bool:
        """Whether it or the one kept was stretched: nobody knows which."""
        return self.difference is not None and is_stretched_beside(self.difference)

    @property
    def could_go(self) -> bool:
        """Whether nothing is lost without it."""
        return self.proved and not self.is_stretched


@dataclass(frozen=True, eq=False)
class KeptPhoto:
    """The photo of a group of copies that is kept, and the others."""

    photo: PhotoRecord
    copies: tuple[Copy, ...]


def kept_of(photos: Sequence[PhotoRecord], pairs: Sequence[DuplicatePair], keep: Keep) -> KeptPhoto:
    """Choose the photo of a group to keep, and compare the others with it.

    Args:
        photos: of the group.
        pairs: by which it hangs together.
        keep: which one.
    """
    if keep == "best":
        return _best(photos, pairs)
    if keep == "largest":
        kept = max(photos, key=lambda photo: (photo.width * photo.height, photo.file.size))
    else:
        kept = min(photos, key=_taken)
    return _beside(kept, photos, pairs)


def _beside(kept: PhotoRecord, photos: Sequence[PhotoRecord], pairs: Sequence[DuplicatePair]) -> KeptPhoto:
    """Compare the other photos of a group with one."""
    return KeptPhoto(kept, tuple(_compared(kept, photos, pairs)))


def _compared(kept: PhotoRecord, photos: Sequence[PhotoRecord], pairs: Sequence[DuplicatePair]) -> Iterator[Copy]:
    """Yield the other photos as copies of one."""
    transforms, picture = _transforms(kept, pairs), cache(read_picture)  # of the one, which is met with every other
    ends = [{pair.first.id, pair.second.id} for pair in pairs]
    compared = {photo for two in ends for photo in two if kept.id in two}
    for photo in photos:
        if photo.id == kept.id:
            continue
        if photo.file.content_hash == kept.file.content_hash:
            yield Copy(photo, (), None, proved=True)
            continue
        try:
            a, b = picture(kept.path), read_picture(photo.path)
        except PhotoError:
            yield Copy(photo, words_of(kept, photo, None), None, proved=False)
            continue
        transform = transforms[photo.id]
        proved = weakest_correlation(a, b, transform) >= MIN_CORRELATION and (
            photo.id in compared or not differ_in_print(kept.path, photo.path, transform)
        )
        difference = difference_of(a, b, transform) if proved else None
        yield Copy(photo, words_of(kept, photo, difference), difference, proved)


def _transforms(start: PhotoRecord, pairs: Sequence[DuplicatePair]) -> dict[int, NDArray[np.float64]]:
    """Return for each photo of the pairs the map from pixels of one to its pixels, along the pairs between them."""
    edges: dict[int, list[tuple[int, NDArray[np.float64]]]] = {}
    for pair in pairs:
        edges.setdefault(pair.first.id, []).append((pair.second.id, pair.proof.transform))
        back = np.asarray(np.linalg.inv(pair.proof.transform), np.float64)
        edges.setdefault(pair.second.id, []).append((pair.first.id, back))
    found, left = {start.id: np.eye(3)}, [start.id]
    while left:
        photo = left.pop()
        for other, transform in edges[photo]:
            if other not in found:
                found[other] = transform @ found[photo]
                left.append(other)
    return found


def _best(photos: Sequence[PhotoRecord], pairs: Sequence[DuplicatePair]) -> KeptPhoto:
    """Keep the best photo, by what differs between one of the group and the others.

    That one is the finest, by the transforms between all of them, in the largest file: a strong crop, a blurred or a
    small copy is proved against few others. If one of those proved against it is better, that is tried next.
    """
    transforms = _transforms(photos[0], pairs)
    finest = max(photos, key=lambda photo: (resolution_steps(mean_scale(transforms[photo.id])), photo.file.size))
    beside = _beside(finest, photos, pairs)
    for _ in range(_MOST_REFERENCES):
        best = best_of(beside.photo, [(copy.photo, copy.difference) for copy in beside.copies if copy.proved])
        if best.id == beside.photo.id:
            break
        beside = _beside(best, photos, pairs)
    return beside


def _taken(photo: PhotoRecord) -> tuple[str, int, Path]:
    """Return when a photo was taken, those of unknown date last, then when its file was written."""
    return str((photo.exif or {}).get("date", "9999")), photo.file.mtime_ns, photo.path

"""Photos to train on: which file shows what, their pixels, and their classes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.arrays import Pixels
from glocal.errors import GlocalError, PhotoError
from glocal.images import read_photo, shrink

MEMORY = 2_000_000_000
"""Bytes of decoded photos kept in memory: 4000 of 512 x 341 pixels take 2.1 GB."""


class TrainingError(GlocalError):
    """Training cannot start or go on: the photos, the recipe or the numbers are wrong."""


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A file, and the identity it shows.

    Attributes:
        path: of the file. A string: a million of them take a third of the memory of as many `Path`.
        identity: name of the set and of the identity in it, or None for a photo without identity.
        source: name of the set it is from.
    """

    path: str
    identity: str | None
    source: str = ""


class PhotoCache:
    """Photos decoded when asked for, each shrunk to `side` pixels at most along its longest side.

    Decoded photos stay in memory until `memory` bytes are full; the rest is read from its file each time. (A
    cache that drops the oldest would never hit: every photo comes back only after all the others.) Safe to use
    from several threads. A photo that cannot be read is met with the next one that can, so that what is learned
    does not depend on when it is found to be unreadable.

    Attributes:
        photos: all of them, in order.
        side: in pixels.
        memory: budget in bytes.
    """

    def __init__(self, photos: Sequence[LabelledPhoto], side: int, memory: int = MEMORY) -> None:
        self.photos = photos
        self.side = side
        self.memory = memory
        self._kept: dict[int, Pixels] = {}
        self._unreadable: dict[int, PhotoError] = {}
        self._used = 0
        self._lock = threading.Lock()

    @property
    def skipped(self) -> list[PhotoError]:
        """The reason for each photo found to be unreadable so far, in the order of the photos."""
        return [error for _, error in sorted(self._unreadable.items())]

    def __len__(self) -> int:
        """Return the number of photos, unreadable ones included."""
        return len(self.photos)

    def __getitem__(self, row: int) -> Pixels:
        """Return photo `row`, or the next one that can be read, as RGB [H, W, 3] uint8."""
        return self.readable(row)[1]

    def readable(self, row: int) -> tuple[int, Pixels]:
        """Return the first photo that can be read, from `row` on and around: its row and its pixels.

        Raises:
            TrainingError: no photo at all can be read.
        """
        for step in range(len(self)):
            candidate = (row + step) % len(self)
            pixels = self._pixels(candidate)
            if pixels is not None:
                return candidate, pixels
        raise TrainingError(f"none of {len(self)} photos can be read, the first one: {self.skipped[0]}")

    def only_readable(self) -> PhotoCache:
        """Return a cache of those photos that can be read; each is tried. What is in memory is taken over."""
        rows = [row for row in range(len(self)) if self._pixels(row) is not None]
        cache = PhotoCache([self.photos[row] for row in rows], self.side, self.memory)
        cache._kept = {place: self._kept[row] for place, row in enumerate(rows) if row in self._kept}
        cache._used = self._used
        return cache

    def _pixels(self, row: int) -> Pixels | None:
        kept = self._kept.get(row)
        if kept is not None or row in self._unreadable:
            return kept
        try:
            pixels = shrink(read_photo(self.photos[row].path, fit=self.side), self.side)
        except PhotoError as error:
            self._unreadable[row] = error
            return None
        with self._lock:
            if row not in self._kept and self._used + pixels.nbytes <= self.memory:
                self._used += pixels.nbytes
                self._kept[row] = pixels
        return pixels


@dataclass(frozen=True, eq=False)
class Classes:
    """The class of each photo, [N] int64. Identities are numbered first, then photos that are their own class."""

    labels: NDArray[np.int64]
    identities: int
    count: int


def number_classes(photos: Sequence[LabelledPhoto], *, instances: bool, ignore: int) -> Classes:
    """Return the classes of photos.

    Args:
        photos: N photos.
        instances: whether each photo without identity is a class of its own; if not, its class is `ignore`.
        ignore: the class of photos that take part in no classification.
    """
    names = sorted({photo.identity for photo in photos if photo.identity is not None})
    numbers: dict[str, int] = {name: number for number, name in enumerate(names)}
    count = len(numbers)
    labels = np.full(len(photos), ignore, np.int64)
    for row, photo in enumerate(photos):
        if photo.identity is not None:
            labels[row] = numbers[photo.identity]
        elif instances:
            labels[row] = count
            count += 1
    return Classes(labels, len(numbers), count)


GRID = 32
"""Pixels that sides are rounded to a multiple of where a network looks at whole photos: the deepest stride here. For
each new size PyTorch prepares every layer anew, which takes longer than a photo; so there are few sizes."""


def on_grid(side: float) -> int:
    """Return the multiple of `GRID` nearest to a side in pixels, at least one."""
    return max(GRID, GRID * round(side / GRID))


def fitted(pixels: Pixels, side: int) -> Pixels:
    """Return the photo with its longest side at most `side` pixels, and both sides multiples of `GRID`."""
    return scaled_on_grid(pixels, min(1.0, side / max(pixels.shape[:2])))


def scaled_on_grid(pixels: Pixels, factor: float) -> Pixels:
    """Return the photo scaled by `factor`, both sides rounded to multiples of `GRID`."""
    height, width = (on_grid(side * factor) for side in pixels.shape[:2])
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=how), np.uint8)


def spread(count: int, wanted: int) -> list[int]:
    """Return up to `wanted` numbers below `count`, evenly spread."""
    return [int(number) for number in np.unique(np.linspace(0, count - 1, wanted).round())]

"""Photos to train on: a folder of folders, one per identity, or plain folders of photos without identity."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.errors import GlocalError, PhotoError
from glocal.images import PHOTO_SUFFIXES, read_photo

Pixels = NDArray[np.uint8]


class TrainingError(GlocalError):
    """Training cannot start or go on: the photos, the recipe or the numbers are wrong."""


@dataclass(frozen=True)
class LabelledPhoto:
    """A file, and the identity it shows: the name of its folder, or None for a photo without identity."""

    path: Path
    identity: str | None


@dataclass(frozen=True)
class Split:
    """Photos by use. No identity is in two of them."""

    train: tuple[LabelledPhoto, ...]
    validate: tuple[LabelledPhoto, ...]


def find_photos(roots: Sequence[Path], unlabelled: Sequence[Path]) -> list[LabelledPhoto]:
    """List the photos below `roots` (identity = the path of the folder that holds the photo) and `unlabelled`.

    Raises:
        TrainingError: a folder is missing, or there is no photo at all.
    """
    found: list[LabelledPhoto] = []
    for root in roots:
        found += [
            LabelledPhoto(path, f"{root.name}/{path.parent.relative_to(root).as_posix()}") for path in _files(root)
        ]
    for root in unlabelled:
        found += [LabelledPhoto(path, None) for path in _files(root)]
    if not found:
        raise TrainingError(f"{', '.join(map(str, (*roots, *unlabelled)))}: no photos; name a folder that holds some")
    return found


def split_photos(photos: Sequence[LabelledPhoto], validate: Sequence[str], held_out: Sequence[str]) -> Split:
    """Divide photos by the name of their identity's folder, with shell patterns such as "toulon-*".

    Args:
        photos: all photos; those without identity are all trained on.
        validate: patterns of identities to validate on.
        held_out: patterns of identities to leave alone, because something else is measured on them.
    """
    train: list[LabelledPhoto] = []
    kept: list[LabelledPhoto] = []
    for photo in photos:
        name = "" if photo.identity is None else Path(photo.identity).name
        if photo.identity is None or not _matches(name, (*validate, *held_out)):
            train.append(photo)
        elif not _matches(name, held_out):
            kept.append(photo)
    return Split(tuple(train), tuple(kept))


class PhotoCache:
    """Decoded photos in memory, each shrunk to `side` pixels at most along its longest side.

    Attributes:
        photos: those that could be read.
        skipped: the reason for each one that could not.
    """

    def __init__(self, photos: Sequence[LabelledPhoto], side: int) -> None:
        self.photos: list[LabelledPhoto] = []
        self.skipped: list[PhotoError] = []
        self._pixels: list[Pixels] = []
        for photo in photos:
            try:
                pixels = shrink(read_photo(photo.path, fit=side), side)
            except PhotoError as error:
                self.skipped.append(error)
                continue
            self.photos.append(photo)
            self._pixels.append(pixels)

    def __len__(self) -> int:
        """Return the number of photos."""
        return len(self._pixels)

    def __getitem__(self, index: int) -> Pixels:
        """Return photo `index` as RGB [H, W, 3] uint8."""
        return self._pixels[index]


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


def shrink(pixels: Pixels, side: int) -> Pixels:
    """Return the photo with its longest side at most `side` pixels; never enlarged."""
    height, width = pixels.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return pixels
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _files(root: Path) -> list[Path]:
    if not root.is_dir():
        raise TrainingError(f"{root}: no such folder of photos")
    return sorted(path for path in root.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES and path.is_file())


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)

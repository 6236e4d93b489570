"""A packed set of photos: shrunk, in one folder, with what teachers say of them. `pack` writes it.

The folder holds

    packed.csv      a line path,identity,set for each photo; no identity where the photo has none
    photos/         the photos, each named by a hash of the file it was made of
    teachers.npy    float16 [N, T], the teachers' descriptors of the photos in the order of packed.csv, of length 1

`teachers.npy` is missing where there were no teachers. `packed.csv` is written last: a folder that has one is whole.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.training.photos.labelled_photos import LabelledPhoto, TrainingError

LIST = "packed.csv"
TEACHERS = "teachers.npy"


def is_packed(folder: Path) -> bool:
    """Return whether `pack` wrote the folder."""
    return (folder / LIST).is_file()


def packed_photos(folder: Path) -> Iterator[LabelledPhoto]:
    """Give the photos of a packed folder, with the sets and identities they had.

    Raises:
        TrainingError: the list cannot be read, or a line has not three columns.
    """
    for path, identity, source in _lines(folder):
        yield LabelledPhoto(f"{folder}/{path}", identity or None, source)


def load_teachers(photos: Sequence[LabelledPhoto]) -> NDArray[np.float16]:
    """Return the teachers' descriptors [N, T] of packed photos, of length 1.

    Raises:
        TrainingError: a photo is not packed with teachers, the file does not fit the list, or teachers differ.
    """
    folders = {photo.path: Path(photo.path).parent.parent for photo in photos}
    known: dict[str, NDArray[np.float16]] = {}
    for folder in sorted(set(folders.values())):
        known |= _teachers(folder)
    missing = [photo.path for photo in photos if photo.path not in known]
    if missing:
        raise TrainingError(f"{missing[0]}: no teacher described it; make its set with `glocal pack --teacher`")
    if len({len(row) for row in known.values()}) > 1:
        raise TrainingError("the packed sets have different teachers; pack them together")
    return np.stack([known[photo.path] for photo in photos])


def _teachers(folder: Path) -> dict[str, NDArray[np.float16]]:
    """Return photo to descriptor of a packed folder; nothing of another folder, or of one without teachers."""
    file = folder / TEACHERS
    if not is_packed(folder) or not file.is_file():
        return {}
    paths = [f"{folder}/{path}" for path, _, _ in _lines(folder)]
    try:
        rows = np.load(file, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{file}: cannot be read ({error}); pack again") from error
    if rows.dtype != np.float16 or rows.ndim != 2 or len(rows) != len(paths):
        raise TrainingError(f"{file}: does not fit {LIST} beside it; pack again")
    return dict(zip(paths, rows, strict=True))


def _lines(folder: Path) -> Iterator[tuple[str, str, str]]:
    file = folder / LIST
    try:
        with file.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
            for number, row in enumerate(csv.reader(stream), 1):
                if len(row) != 3:
                    raise TrainingError(f"{file}:{number}: {len(row)} columns instead of path,identity,set; pack again")
                yield row[0], row[1], row[2]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(f"{file}: cannot be read ({error}); pack again") from error

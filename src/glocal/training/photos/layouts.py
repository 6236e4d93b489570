"""Where the photos of a data set are and what they show: folders, a CSV file of labels, Google Landmarks v2."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from glocal.errors import PhotoError
from glocal.images import PHOTO_SUFFIXES, PassedOver, walk_photos
from glocal.training.photos.labelled_photos import LabelledPhoto, TrainingError
from glocal.training.photos.packed import is_packed, packed_photos

LANDMARK_FILES = ("train_clean.csv", "train.csv")
"""The label files of Google Landmarks v2; where a folder holds both, the first counts."""


@dataclass
class Found:
    """The photos of some data sets, in a fixed order; a line for each thing that is missing; what was not taken."""

    photos: list[LabelledPhoto] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    passed_over: PassedOver = field(default_factory=PassedOver)


def find_labelled_photos(labelled: Sequence[Path], unlabelled: Sequence[Path] = ()) -> Found:
    """List the photos of data sets.

    What a set is, is seen from what is given:

    - a CSV file of `path,label`: paths relative to its folder; a header may come first;
    - a CSV file with a column `landmark_id`, or a folder with such a `train_clean.csv` or `train.csv`: Google
      Landmarks v2, as `id,url,landmark_id` or `landmark_id,images`; photo abcd.jpg is a/b/c/abcd.jpg below the
      folder's `train`, if there is one, or below the folder itself;
    - a folder that `pack` wrote: its sets and identities are those of the photos that were packed;
    - any other folder: all photos below it (see `glocal.images.walk_photos`), each of the identity that is its
      folder's path.

    A set is called by the name of its folder, or of its CSV file without ".csv"; sets of one name are one.

    Args:
        labelled: sets whose identities are used.
        unlabelled: sets whose photos are taken without identity.

    Raises:
        TrainingError: a set is missing or malformed, or there is no photo at all.
    """
    found = Found()
    for root in labelled:
        found.photos += _photos(root, found.missing, found.passed_over)
    for root in unlabelled:
        found.photos += [
            LabelledPhoto(photo.path, None, photo.source) for photo in _photos(root, found.missing, found.passed_over)
        ]
    if not found.photos:
        raise TrainingError(
            f"{', '.join(map(str, (*labelled, *unlabelled)))}: no photos; name a folder that holds some"
        )
    return found


def _photos(root: Path, missing: list[str], passed_over: PassedOver) -> Iterator[LabelledPhoto]:
    """Give the photos of one set; what is missing is appended to `missing`, what is not taken is counted."""
    if root.suffix.lower() == ".csv":
        header = _first_row(root)
        yield from _landmarks(root, missing) if "landmark_id" in header else _label_file(root)
        return
    if not root.is_dir():
        raise TrainingError(f"{root}: no such folder of photos")
    if is_packed(root):
        yield from packed_photos(root)
        return
    for name in LANDMARK_FILES:
        if (root / name).is_file() and "landmark_id" in _first_row(root / name):
            yield from _landmarks(root / name, missing)
            return
    source = root.resolve().name
    folders: dict[str, str] = {}  # each identity once in memory

    def unreadable(error: PhotoError) -> None:
        missing.append(str(error))

    for path, name in walk_photos([root], on_unreadable=unreadable, passed_over=passed_over):
        folder = name.rpartition("/")[0] or "."
        yield LabelledPhoto(str(path), folders.setdefault(folder, f"{source}/{folder}"), source)


def _label_file(file: Path) -> Iterator[LabelledPhoto]:
    """Give the photos of a CSV file of `path,label`."""
    folder, source = str(file.parent), file.stem
    names: dict[str, str] = {}  # each label once in memory
    for line, row in _rows(file):
        if len(row) != 2:
            raise TrainingError(f"{file}:{line}: {len(row)} columns instead of path,label")
        path, label = row[0].strip(), row[1].strip()
        if os.path.splitext(path)[1].lower() not in PHOTO_SUFFIXES:  # noqa: PTH122
            if line == 1:
                continue  # the header
            raise TrainingError(f"{file}:{line}: {path!r} does not end like a photo; the form is path,label")
        if not label:
            raise TrainingError(f"{file}:{line}: {path} has no label; give photos without identity as unlabelled")
        identity = names.setdefault(label, f"{source}/{label}")
        yield LabelledPhoto(os.path.join(folder, path), identity, source)  # noqa: PTH118


def _landmarks(file: Path, missing: list[str]) -> Iterator[LabelledPhoto]:
    """Give the photos that a label file of Google Landmarks v2 names and that are there.

    The set is often downloaded in part: photos that are not there are counted in one line of `missing`.
    """
    folder = file.parent / "train" if (file.parent / "train").is_dir() else file.parent
    source = file.resolve().parent.name
    absent, example, names = 0, "", dict[str, str]()
    for line, photo, landmark in _landmark_rows(file):
        if len(photo) < 3 or not photo.isalnum():
            raise TrainingError(f"{file}:{line}: {photo!r} is not the id of a photo")
        path = f"{folder}/{photo[0]}/{photo[1]}/{photo[2]}/{photo}.jpg"
        if os.path.exists(path):  # noqa: PTH110
            yield LabelledPhoto(path, names.setdefault(landmark, f"{source}/{landmark}"), source)
        else:
            absent, example = absent + 1, example or path
    if absent:
        missing.append(f"{file}: {absent} of its photos are not there, the first is {example}")


def _landmark_rows(file: Path) -> Iterator[tuple[int, str, str]]:
    """Give (line, id, landmark_id) of each photo in either form of the file."""
    header = _first_row(file)
    column = "images" if "images" in header else "id"
    if column not in header:
        raise TrainingError(f"{file}:1: has neither a column id nor images; take the label files of the data set")
    landmark, photos = header.index("landmark_id"), header.index(column)
    for line, row in _rows(file):
        if line == 1:
            continue
        if len(row) != len(header):
            raise TrainingError(f"{file}:{line}: {len(row)} columns instead of {len(header)}")
        if not row[landmark].isdecimal():
            raise TrainingError(f"{file}:{line}: landmark_id {row[landmark]!r} is not a number")
        for photo in row[photos].split():
            yield line, photo, row[landmark]


def _first_row(file: Path) -> list[str]:
    return next((row for _, row in _rows(file)), [])


def _rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Give (line, columns) of each row that is not empty, reading as it goes."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            try:
                for row in reader:
                    if row:
                        yield reader.line_num, row
            except csv.Error as error:
                raise TrainingError(f"{file}:{reader.line_num}: not a CSV file ({error})") from error
            except UnicodeDecodeError as error:
                raise TrainingError(f"{file}: not UTF-8 after line {reader.line_num}; save it as UTF-8") from error
    except OSError as error:
        raise TrainingError(f"{file}: cannot be read ({error.strerror}); check the path") from error

"""A set of photos with annotations, found on disk before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glocal.errors import PhotoError
from glocal.evaluation.datasets.annotation_files import load_annotations
from glocal.evaluation.datasets.annotations import Annotations, Box
from glocal.evaluation.datasets.benchmarks import IMAGE_VERSION, R1M, Revisited
from glocal.evaluation.datasets.completeness import (
    annotation_path,
    check_counts,
    distractor_photos,
    photos_by_name,
    require_photos,
)
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.measures import REVISITED, Measures
from glocal.features import Region
from glocal.images import photo_size


@dataclass(frozen=True, eq=False)
class PhotoSet:
    """Everything a run over photos needs; all files named here exist.

    Attributes:
        name: as in the table of published results.
        annotations: Q queries over N photos.
        queries: Q paths.
        photos: N paths.
        regions: per query (x, y, width, height) in whole pixels, or None for the whole photo.
        distractors: paths of photos that are wrong for every query.
        image_version: which edition of the photos this is, if that is known.
        measures: what is reported.
        query_rows: per query its own row in `photos`, where queries are photos of the database.
        passed_over: one line that counts what was found beside the photos and not taken; empty if nothing.
    """

    name: str
    annotations: Annotations
    queries: tuple[Path, ...]
    photos: tuple[Path, ...]
    regions: tuple[Region | None, ...]
    distractors: tuple[Path, ...] = ()
    image_version: str | None = None
    measures: Measures = REVISITED
    query_rows: tuple[int, ...] | None = None
    passed_over: str = ""


def official_set(dataset: Revisited, folder: Path, distractors: Path | None = None) -> PhotoSet:
    """Find revisited Oxford or Paris.

    Args:
        dataset: which of them.
        folder: holds `gnd_<name>.pkl` and `jpg/`.
        distractors: holds `revisitop1m.txt` and `jpg/`.

    Raises:
        EvaluationError: wrong counts, missing photos, boxes outside their photos.
    """
    annotations = load_annotations(annotation_path(dataset, folder))
    check_counts(dataset, annotations)
    extra = () if distractors is None else distractor_photos(distractors)
    if extra and len(extra) != R1M.photos:
        raise EvaluationError(f"{distractors}: lists {len(extra)} distractors instead of {R1M.photos}")
    return _photo_set(
        f"{dataset.name}+1m" if extra else dataset.name,
        annotations,
        folder / "jpg",
        extra,
        IMAGE_VERSION[dataset.name],
    )


def own_set(annotations: Path, photos: Path) -> PhotoSet:
    """Find anyone's set in the form of revisited Oxford and Paris.

    Args:
        annotations: `.pkl` or `.json`.
        photos: folder of all photos.

    Raises:
        EvaluationError: damaged annotations, missing photos, boxes outside their photos.
    """
    return _photo_set(annotations.stem, load_annotations(annotations), photos, (), None)


def _photo_set(
    name: str, annotations: Annotations, folder: Path, distractors: tuple[Path, ...], version: str | None
) -> PhotoSet:
    queries = photos_by_name((query.name for query in annotations.queries), folder)
    photos = photos_by_name(annotations.photos, folder)
    require_photos(distractors, "distractors")
    boxes = zip(queries, (query.box for query in annotations.queries), strict=True)
    regions = tuple(None if box is None else _region(path, box) for path, box in boxes)
    return PhotoSet(name, annotations, queries, photos, regions, distractors, version)


def _region(path: Path, box: Box) -> Region:
    """Turn a box into a region of whole pixels: its corners rounded, not extended, as published code does."""
    left, top, right, bottom = (round(corner) for corner in box)
    try:
        width, height = photo_size(path)
    except PhotoError as error:
        raise EvaluationError(f"{path}: {error.reason}; every photo of the set is needed") from None
    # Some published boxes end a fraction of a pixel outside.
    if left < -1 or top < -1 or right > width + 1 or bottom > height + 1:
        raise EvaluationError(f"{path}: box {list(box)} leaves the photo of {width} x {height} pixels")
    return left, top, right - left, bottom - top

"""Pack sets of photos: shrunk into one folder, with what teachers say of them, to train on another machine."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image

from glocal.cores import available_cores
from glocal.errors import PhotoError
from glocal.evaluation.features import extract_shards, names_hash
from glocal.extraction import Model
from glocal.files import write_whole
from glocal.images import read_photo, shrink
from glocal.models.distillation import strongest_directions
from glocal.parallel_map import map_ahead
from glocal.progress import OnProgress, silent
from glocal.training.photos.labelled_photos import LabelledPhoto, TrainingError
from glocal.training.photos.packed import LIST, TEACHERS

SPEED = 8
"""Of the encoder, 0 to 10: some 20 ms of a core for a photo of 320 pixels."""


@dataclass(frozen=True)
class PackReport:
    """What was packed.

    Attributes:
        photos: how many.
        bytes: of the whole folder.
        dimensions: of the teachers' descriptors, 0 without teachers.
        skipped: a line for each photo that could not be read.
    """

    photos: int
    bytes: int
    dimensions: int
    skipped: tuple[str, ...]


def pack(
    photos: Sequence[LabelledPhoto],
    out: Path,
    *,
    side: int,
    quality: int,
    teachers: Sequence[Model],
    dimensions: int | None = None,
    work: Path,
    on_stage: OnProgress = silent,
) -> PackReport:
    """Write photos as AVIF files and, of the original photos, the teachers' descriptors. Run again, it goes on.

    Args:
        photos: of any sets.
        out: folder that `find_labelled_photos` then takes as a set; made if need be.
        side: longest side in pixels; smaller photos stay as they are.
        quality: of AVIF, 1 to 100.
        teachers: models whose global descriptors are put side by side, each counting alike.
        dimensions: that these are reduced to (see `reduced`); by default they are not.
        work: folder for the teachers' features, as evaluations keep them.
        on_stage: called with (stage, done, all).

    Raises:
        TrainingError: no photo can be read, or the folder cannot be written.
        EvaluationError: a teacher's features in `work` are damaged.
    """
    try:
        (out / "photos").mkdir(parents=True, exist_ok=True)
        for name in (LIST, TEACHERS):  # not whole until all is written
            (out / name).unlink(missing_ok=True)
        packed, skipped = _write_photos(photos, out, side, quality, on_stage)
        if not packed:
            raise TrainingError(f"none of {len(photos)} photos can be read, the first one: {skipped[0]}")
        written = 0
        if teachers:
            rows = _taught([photo for photo, _ in packed], teachers, work, on_stage)
            written = _write_teachers(reduced(rows, dimensions) if dimensions else rows, out)
        lines = io.StringIO()
        csv.writer(lines, lineterminator="\n").writerows(
            (f"photos/{name}", photo.identity or "", photo.source) for photo, name in packed
        )
        write_whole(out / LIST, lines.getvalue().encode("utf-8", "surrogateescape"))
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    except OSError as error:
        raise TrainingError(f"{error.filename or out}: cannot be written ({error.strerror})") from error
    return PackReport(len(packed), size, written, tuple(skipped))


def _write_photos(
    photos: Sequence[LabelledPhoto], out: Path, side: int, quality: int, on_stage: OnProgress
) -> tuple[list[tuple[LabelledPhoto, str]], list[str]]:
    """Return the photos that can be read, each with the name of its file, and a line for each of the others."""

    def one(photo: LabelledPhoto) -> str | PhotoError:
        try:
            name = f"{_content_hash(photo)[:20]}-{side}-{quality}.avif"
            if not (out / "photos" / name).exists():
                pixels = shrink(read_photo(photo.path, fit=side), side)
                encoded = io.BytesIO()
                Image.fromarray(pixels).save(encoded, "AVIF", quality=quality, speed=SPEED)
                write_whole(out / "photos" / name, encoded.getvalue())
        except PhotoError as error:
            return error
        return name

    packed, skipped, cores = [], [], available_cores()
    results = map_ahead(one, photos, workers=cores, ahead=4 * cores)
    for done, (photo, name) in enumerate(zip(photos, results, strict=True), 1):
        if isinstance(name, PhotoError):
            skipped.append(str(name))
        else:
            packed.append((photo, name))
        on_stage("packing", done, len(photos))
    return packed, skipped


def _content_hash(photo: LabelledPhoto) -> str:
    try:
        return hashlib.sha256(Path(photo.path).read_bytes()).hexdigest()
    except OSError as error:
        raise PhotoError(photo.path, f"cannot be read ({error.strerror})") from error


def _taught(
    photos: Sequence[LabelledPhoto], teachers: Sequence[Model], work: Path, on_stage: OnProgress
) -> NDArray[np.float32]:
    """Return the teachers' descriptors [N, T] of the original photos, side by side, of length 1."""
    paths = [Path(photo.path) for photo in photos]
    parts = []
    for teacher in teachers:
        folder = work / teacher.fingerprint[:16] / names_hash(paths)[:16]
        stage = f"teacher {teacher.name}"
        parts.append(extract_shards(teacher, paths, folder, stage=stage, on_progress=on_stage).descriptors())
    rows: NDArray[np.float32] = np.concatenate(parts, axis=1, dtype=np.float32)
    return rows / np.float32(math.sqrt(len(parts)))


def reduced(rows: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    """Return rows [N, T] of length 1 in their `strongest_directions`.

    Args:
        rows: of the teachers.
        dimensions: how many directions, at most T; the rows returned have length 1 again.
    """
    exact = torch.from_numpy(rows).double()
    unit: NDArray[np.float32] = F.normalize(exact @ strongest_directions(exact, dimensions)).float().numpy()
    return unit


def _write_teachers(rows: NDArray[np.float32], out: Path) -> int:
    """Write the teachers' descriptors, and return how long they are."""
    stream = io.BytesIO()
    np.save(stream, rows.astype(np.float16), allow_pickle=False)
    write_whole(out / TEACHERS, stream.getvalue())
    return int(rows.shape[1])

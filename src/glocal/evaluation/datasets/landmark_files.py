"""The CSV files of Google Landmarks v2.1: solutions, predictions in Kaggle's form, and labels."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.measures import Recognition, Solution

Answer = TypeVar("Answer", str, int)


def read_retrieval_solution(path: str | Path) -> Solution[str]:
    """Read `retrieval_solution_v2.1.csv`: id, space-separated index photos (None where ignored), Usage.

    Raises:
        EvaluationError: the file is missing or not of this form.
    """
    return _read_solution(Path(path), lambda text: tuple(text.split()))


def read_recognition_solution(path: str | Path) -> Solution[int]:
    """Read `recognition_solution_v2.1.csv`: id, space-separated classes (empty without landmark), Usage.

    Raises:
        EvaluationError: the file is missing or not of this form.
    """
    return _read_solution(Path(path), lambda text: tuple(int(name) for name in text.split()))


def read_retrieval_predictions(path: str | Path, solution: Solution[str]) -> dict[str, tuple[str, ...]]:
    """Read retrieval predictions: id, space-separated index photos, best first. Ignored photos are skipped.

    Raises:
        EvaluationError: the file is missing, names a photo twice or one that the solution lacks.
    """
    rows = _predictions(Path(path), solution)
    return {photo: tuple(text.split()) for photo, text in rows}


def read_recognition_predictions(path: str | Path, solution: Solution[int]) -> dict[str, Recognition]:
    """Read recognition predictions: id, "class score" or nothing. Ignored photos are skipped.

    Raises:
        EvaluationError: the file is missing, malformed, names a photo twice or one that the solution lacks.
    """
    predictions = {}
    for photo, text in _predictions(Path(path), solution):
        if not text.strip():
            continue
        try:
            landmark, score = text.split()
            predictions[photo] = Recognition(int(landmark), float(score))
        except ValueError:
            raise EvaluationError(f"{path}: {photo} has {text!r} instead of one class and one score") from None
    return predictions


def read_labels(path: str | Path) -> dict[str, int]:
    """Read which class each labelled photo has.

    Args:
        path: `train.csv` (id, url, landmark_id), `train_clean.csv` (landmark_id, images) or
            `index_image_to_landmark.csv` (id, landmark_id).

    Raises:
        EvaluationError: the file is missing or none of these.
    """
    labels: dict[str, int] = {}
    for row in _rows(Path(path), {"landmark_id"}):
        try:
            landmark = int(row["landmark_id"])
        except ValueError:
            raise EvaluationError(f"{path}: class {row['landmark_id']!r} is not a number") from None
        for photo in row["images"].split() if "images" in row else [row.get("id", "")]:
            labels[photo] = landmark
    return labels


def read_ids(path: str | Path) -> tuple[str, ...]:
    """Read the ids of a list such as `index.csv` or `test.csv`, in order.

    Raises:
        EvaluationError: the file is missing or has no column "id".
    """
    return tuple(row["id"] for row in _rows(Path(path), {"id"}))


def photo_path(folder: Path, photo: str) -> Path:
    """Return where a photo lies: in three levels of folders named by the first letters of its id."""
    return folder / photo[0] / photo[1] / photo[2] / f"{photo}.jpg"


def _read_solution(path: Path, parse: Callable[[str], tuple[Answer, ...]]) -> Solution[Answer]:
    parts: dict[str, dict[str, tuple[Answer, ...]]] = {"Public": {}, "Private": {}}
    ignored = set()
    for row in _rows(path, {"id", "Usage"}):
        usage, photo = row["Usage"], row["id"]
        answers = row.get("landmarks", row.get("images"))
        if usage == "Ignored":
            ignored.add(photo)
        elif usage not in parts or answers is None:
            raise EvaluationError(f"{path}: {photo} has Usage {usage!r}, not Public, Private or Ignored")
        else:
            try:
                parts[usage][photo] = parse(answers)
            except ValueError:
                raise EvaluationError(f"{path}: {photo} has {answers!r}; is this the right solution?") from None
    return Solution(parts["Public"], parts["Private"], frozenset(ignored))


def _predictions(path: Path, solution: Solution[Answer]) -> Iterator[tuple[str, str]]:
    """Yield (photo, predicted text), once per photo, without those that are ignored."""
    seen = set()
    known: Mapping[str, object] = {**solution.public, **solution.private}
    for row in _rows(path, {"id"}):
        photo = row["id"]
        if photo in seen:
            raise EvaluationError(f"{path}: {photo} is predicted twice")
        seen.add(photo)
        if photo in solution.ignored:
            continue
        if photo not in known:
            raise EvaluationError(f"{path}: {photo} is not a photo of the solution")
        yield photo, next((text for name, text in row.items() if name != "id"), "") or ""


def _rows(path: Path, needed: set[str]) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file with a header that has the needed columns."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = needed - set(reader.fieldnames or ())
            if missing:
                raise EvaluationError(f"{path}: no column {', '.join(sorted(missing))}")
            yield from reader
    except OSError as error:
        raise EvaluationError(f"{path}: cannot be read ({error.strerror}); see `glocal data check`") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: not a CSV file ({error})") from None

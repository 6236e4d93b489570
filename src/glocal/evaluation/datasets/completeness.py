"""Is a data folder complete? Says what is missing and where to fetch it. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from glocal.evaluation.datasets.annotation_files import load_annotations
from glocal.evaluation.datasets.annotations import Annotations
from glocal.evaluation.datasets.benchmarks import Dataset, Distractors, Download, Landmarks, Revisited
from glocal.evaluation.datasets.landmark_files import photo_path, read_ids
from glocal.evaluation.errors import EvaluationError

NAMED = 3
"""How many missing photos a message names."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: the file or the set of photos.
        problem: what is wrong with it; None if it is as it must be.
        sources: official addresses that mend it.
    """

    what: str
    problem: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckReport:
    """All findings about one dataset in one folder."""

    dataset: str
    folder: Path
    findings: tuple[Finding, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing or wrong."""
        return all(finding.problem is None for finding in self.findings)

    def require(self) -> None:
        """Raise the first problem.

        Raises:
            EvaluationError: something is missing or wrong.
        """
        for finding in self.findings:
            if finding.problem is not None:
                raise EvaluationError(
                    f"{finding.what}: {finding.problem}; see `glocal data check {self.dataset} {self.folder}`"
                )


def check(dataset: Dataset, folder: Path) -> CheckReport:
    """Look through a data folder: counts, names, sizes.

    Args:
        dataset: what should be there.
        folder: where it should be.
    """
    match dataset:
        case Revisited():
            findings = _revisited(dataset, folder)
        case Distractors():
            findings = _distractors(dataset, folder)
        case Landmarks():
            findings = _landmarks(dataset, folder)
    return CheckReport(dataset.name, folder, tuple(findings))


def annotation_path(dataset: Revisited, folder: Path) -> Path:
    """Return where the annotations of a revisited set lie."""
    return folder / f"gnd_{dataset.name}.pkl"


def distractor_photos(folder: Path) -> tuple[Path, ...]:
    """Return the paths of the distractors in the order of their list.

    Raises:
        EvaluationError: the list is missing.
    """
    listing = folder / "revisitop1m.txt"
    try:
        names = listing.read_text("utf-8").split()
    except OSError as error:
        raise EvaluationError(f"{listing}: cannot be read ({error.strerror}); see `glocal data check r1m`") from None
    return tuple(_path(folder / "jpg", name) for name in names)


def photos_by_name(names: Iterable[str], folder: Path) -> tuple[Path, ...]:
    """Return the paths of named photos, with `.jpg` added where a name has no suffix of its own.

    Args:
        names: as in the annotations.
        folder: where the photos are.

    Raises:
        EvaluationError: photos are missing or empty; the message counts them and names the first.
    """
    paths = tuple(_path(folder, name) for name in names)
    require_photos(paths, str(folder))
    return paths


def require_photos(paths: Iterable[Path], what: str) -> None:
    """Refuse a list of photos of which some are not there.

    Raises:
        EvaluationError: photos are missing or empty; the message counts them and names the first.
    """
    problem = _problem(paths)
    if problem is not None:
        raise EvaluationError(f"{what}: {problem}")


def _path(folder: Path, name: str) -> Path:
    has_suffix = Path(name).suffix.lower() in {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
    return folder / (name if has_suffix else f"{name}.jpg")


def _problem(paths: Iterable[Path]) -> str | None:
    """Say how many photos are missing or empty; None if all are there."""
    total, bad = 0, []
    for path in paths:
        total += 1
        if not path.is_file() or path.stat().st_size == 0:
            bad.append(path.name)
    if not bad:
        return None
    more = f" and {len(bad) - NAMED} more" if len(bad) > NAMED else ""
    return f"{len(bad)} of {total} photos are missing or empty: {', '.join(bad[:NAMED])}{more}"


def _revisited(dataset: Revisited, folder: Path) -> Iterator[Finding]:
    path = annotation_path(dataset, folder)
    source, *archives = dataset.downloads
    try:
        annotations = load_annotations(path)
        check_counts(dataset, annotations)
    except EvaluationError as error:
        yield Finding(path.name, str(error).removeprefix(f"{path}: "), (source.url,))
        return
    yield Finding(path.name)
    names = (*annotations.photos, *(query.name for query in annotations.queries))
    problem = _problem(_path(folder / "jpg", name) for name in names)
    yield Finding(f"jpg: {len(names)} photos", problem, _urls(archives) if problem else ())


def check_counts(dataset: Revisited, annotations: Annotations) -> None:
    """Compare annotations with the official counts.

    Raises:
        EvaluationError: another number of photos or queries.
    """
    found = (len(annotations.photos), len(annotations.queries))
    if found != (dataset.photos, dataset.queries):
        raise EvaluationError(
            f"{found[0]} photos and {found[1]} queries instead of the {dataset.photos} and {dataset.queries} "
            f"of {dataset.name}"
        )


def _distractors(dataset: Distractors, folder: Path) -> Iterator[Finding]:
    source, *archives = dataset.downloads
    try:
        photos = distractor_photos(folder)
    except EvaluationError as error:
        yield Finding(source.target, str(error), (source.url,))
        return
    wrong = None if len(photos) == dataset.photos else f"{len(photos)} names instead of {dataset.photos}"
    yield Finding(source.target, wrong, (source.url,) if wrong else ())
    problem = _problem(photos)
    yield Finding(f"jpg: {len(photos)} photos", problem, _urls(archives) if problem else ())


def _landmarks(dataset: Landmarks, folder: Path) -> Iterator[Finding]:
    for file in dataset.files:
        present = (folder / file.target).is_file()
        yield Finding(file.target, None if present else "missing", () if present else (file.url,))
    for split in dataset.splits:
        archives = [file for file in dataset.downloads if file.unpack == split.name]
        try:
            names = read_ids(folder / split.listing)
        except EvaluationError:
            yield Finding(split.name, f"cannot be checked without {split.listing}", _urls(archives))
            continue
        problem = _problem(photo_path(folder / split.name, name) for name in names)
        if len(names) != split.photos:
            problem = f"{split.listing} lists {len(names)} photos instead of {split.photos}"
        yield Finding(f"{split.name}: {len(names)} photos", problem, _urls(archives) if problem else ())


def _urls(downloads: Iterable[Download]) -> tuple[str, ...]:
    return tuple(download.url for download in downloads)

"""A folder per identity as a set of photos with annotations: what one folder holds shows the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from glocal.evaluation.datasets.annotations import Annotations, Query
from glocal.evaluation.datasets.photo_set import PhotoSet
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.measures import FOLDERS, HELD_OUT, UKBENCH, UKBENCH_VIEWS, Measures
from glocal.images import PHOTO_SUFFIXES


def leave_one_out_set(folder: Path, queries: str = "*") -> PhotoSet:
    """Make every photo of a folder per identity a query against all others.

    Args:
        folder: its subfolders are identities; deeper folders belong to their identity.
        queries: only identities that match this pattern (as in a shell) are queries; all are searched.

    Raises:
        EvaluationError: no such folder, or no identity with two photos.
    """
    paths, identities = scan_identities(folder)
    chosen = [row for row, name in enumerate(identities) if fnmatch(name, queries)]
    return every_photo_a_query("folders", paths, identities, chosen, FOLDERS)


def ukbench_set(folder: Path) -> PhotoSet:
    """Make every photo a query, as `leave_one_out_set`, for the N-S score.

    Raises:
        EvaluationError: a folder that does not hold exactly four photos.
    """
    paths, identities = scan_identities(folder)
    for name in sorted(set(identities)):
        if identities.count(name) != UKBENCH_VIEWS:
            raise EvaluationError(f"{folder / name}: {identities.count(name)} photos; ukbench has four of each object")
    return every_photo_a_query("ukbench", paths, identities, range(len(paths)), UKBENCH)


def held_out_set(folder: Path, queries: str = "*", every: int = 4) -> PhotoSet:
    """Take some photos of each identity out of the database and use them as queries.

    Rankers that compare database photos with each other would see the query among them in a leave-one-out
    set; here they do not.

    Args:
        folder: its subfolders are identities.
        queries: only identities that match this pattern give queries; the others are searched whole.
        every: the first, and then each so-manyth photo of an identity is a query.

    Raises:
        EvaluationError: no such folder, or nothing to find.
    """
    paths, identities = scan_identities(folder)
    position: dict[str, int] = {}
    taken: list[int] = []
    kept: list[int] = []
    for row, name in enumerate(identities):
        place = position[name] = position.get(name, -1) + 1
        alone = identities.count(name) == 1
        (taken if fnmatch(name, queries) and not alone and place % every == 0 else kept).append(row)
    labels = np.array([identities[row] for row in kept])
    truths = tuple(
        Query(_name(paths[row], folder), None, np.flatnonzero(labels == identities[row]), _NONE, _NONE) for row in taken
    )
    _require_queries(truths, folder, queries)
    names = tuple(_name(paths[row], folder) for row in kept)
    return PhotoSet(
        "held-out queries",
        Annotations(names, truths),
        tuple(paths[row] for row in taken),
        tuple(paths[row] for row in kept),
        (None,) * len(taken),
        measures=HELD_OUT,
    )


_NONE = np.empty(0, np.int64)


def every_photo_a_query(
    name: str,
    paths: Sequence[Path],
    identities: Sequence[str],
    chosen: Sequence[int],
    measures: Measures,
    distractors: Sequence[Path] = (),
) -> PhotoSet:
    """Make photos queries against all others of a set.

    Args:
        name: of the set.
        paths: N photos.
        identities: what each shows.
        chosen: rows of the photos that are queries.
        measures: what is reported.
        distractors: photos that are right for no query.

    Raises:
        EvaluationError: none of the queries has anything to find.
    """
    labels = np.array(identities)
    truths = tuple(
        Query(
            str(paths[row]),
            None,
            easy=np.setdiff1d(np.flatnonzero(labels == identities[row]), [row]),
            hard=_NONE,
            junk=np.array([row]),
        )
        for row in chosen
    )
    _require_queries(truths, paths[0].parent.parent, "*")
    return PhotoSet(
        name,
        Annotations(tuple(str(path) for path in paths), truths),
        tuple(paths[row] for row in chosen),
        tuple(paths),
        (None,) * len(truths),
        distractors=tuple(distractors),
        measures=measures,
        query_rows=tuple(chosen),
    )


def _require_queries(truths: Sequence[Query], folder: Path, pattern: str) -> None:
    if not any(len(query.easy) for query in truths):
        raise EvaluationError(f"{folder}: no identity that matches {pattern!r} has two photos; nothing to find")


def scan_identities(folder: Path) -> tuple[list[Path], list[str]]:
    """Return all photos in subfolders, sorted, and the identity of each: the subfolder it lies in.

    Raises:
        EvaluationError: no such folder, or no photos in its subfolders.
    """
    if not folder.is_dir():
        raise EvaluationError(f"{folder}: no such folder")
    paths = sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES and path.parent != folder
    )
    if not paths:
        raise EvaluationError(
            f"{folder}: no photos in subfolders; put the photos of each thing into a folder of its own"
        )
    return paths, [path.relative_to(folder).parts[0] for path in paths]


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()

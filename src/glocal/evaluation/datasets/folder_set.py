"""A folder per identity as a set of photos with annotations."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from glocal.evaluation.datasets.annotations import Annotations, Query
from glocal.evaluation.datasets.identity_folders import IdentityFolders, find_identity_folders
from glocal.evaluation.datasets.photo_set import PhotoSet
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.measures import FOLDERS, HELD_OUT, UKBENCH, UKBENCH_VIEWS, Measures

_NONE = np.empty(0, np.int64)


def leave_one_out_set(folder: Path, queries: str = "*") -> PhotoSet:
    """Make every photo of a folder per identity a query against all others.

    Args:
        folder: its subfolders are identities; deeper folders belong to their identity.
        queries: only identities that match this pattern (as in a shell) are queries; all are searched.

    Raises:
        EvaluationError: no such folder, or no identity with two photos.
    """
    found = find_identity_folders(folder)
    chosen = [row for row, name in enumerate(found.identities) if fnmatch(name, queries)]
    return every_photo_a_query("folders", found, chosen, FOLDERS, queries)


def ukbench_set(folder: Path) -> PhotoSet:
    """Make every photo a query, as `leave_one_out_set`, for the N-S score.

    Raises:
        EvaluationError: a folder that does not hold exactly four photos.
    """
    found = find_identity_folders(folder)
    for name, rows in found.rows.items():
        if len(rows) != UKBENCH_VIEWS:
            raise EvaluationError(f"{folder / name}: {len(rows)} photos; ukbench has four of each object")
    return every_photo_a_query("ukbench", found, range(len(found.paths)), UKBENCH)


def held_out_set(folder: Path, queries: str = "*", every: int = 4) -> PhotoSet:
    """Take some photos of each identity out of the database and use them as queries.

    Rankers that compare database photos with each other would see the query among them in a leave-one-out
    set; here they do not.

    Args:
        folder: its subfolders are identities.
        queries: only identities that match this pattern give queries; the others are searched whole.
        every: of an identity's photos, the first is a query, and then one of each `every`.

    Raises:
        EvaluationError: no such folder, or nothing to find.
    """
    found = find_identity_folders(folder)
    taken = sorted(
        int(row)
        for identity, rows in found.rows.items()
        if len(rows) > 1 and fnmatch(identity, queries)
        for row in rows[::every]
    )
    kept = np.setdiff1d(np.arange(len(found.paths)), taken)
    place = np.full(len(found.paths), -1)  # in the database; -1: not in it
    place[kept] = np.arange(len(kept))
    truths = tuple(
        Query(
            found.names[row],
            None,
            easy=np.array([place[other] for other in found.rows[found.identities[row]] if place[other] >= 0]),
            hard=_NONE,
            junk=_NONE,
        )
        for row in taken
    )
    _require_queries(truths, folder, queries)
    return PhotoSet(
        "held-out queries",
        Annotations(tuple(found.names[row] for row in kept), truths),
        tuple(found.paths[row] for row in taken),
        tuple(found.paths[row] for row in kept),
        (None,) * len(taken),
        measures=HELD_OUT,
        passed_over=found.passed_over,
    )


def every_photo_a_query(
    name: str,
    found: IdentityFolders,
    chosen: Sequence[int],
    measures: Measures,
    queries: str = "*",
    distractors: Sequence[Path] = (),
) -> PhotoSet:
    """Make photos queries against all others of a set.

    Args:
        name: of the set.
        found: N photos.
        chosen: rows of the photos that are queries.
        measures: what is reported.
        queries: the pattern that chose them, for messages.
        distractors: photos that are right for no query.

    Raises:
        EvaluationError: none of the queries has anything to find.
    """
    truths = tuple(
        Query(
            str(found.paths[row]),
            None,
            easy=np.setdiff1d(found.rows[found.identities[row]], [row], assume_unique=True),
            hard=_NONE,
            junk=np.array([row]),
        )
        for row in chosen
    )
    _require_queries(truths, found.folder, queries)
    return PhotoSet(
        name,
        Annotations(tuple(str(path) for path in found.paths), truths),
        tuple(found.paths[row] for row in chosen),
        found.paths,
        (None,) * len(truths),
        tuple(distractors),
        measures=measures,
        query_rows=tuple(chosen),
        passed_over=found.passed_over,
    )


def _require_queries(truths: Sequence[Query], folder: Path, pattern: str) -> None:
    if not any(len(query.easy) for query in truths):
        raise EvaluationError(f"{folder}: no identity that matches {pattern!r} has two photos; nothing to find")

"""Pairs as a search would meet them, and the calibration fitted to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.errors import PhotoError
from glocal.evaluation.datasets import IdentityFolders
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.stopwatch import OnStage
from glocal.extraction import Model
from glocal.features import Features
from glocal.matching import match_many


@dataclass(frozen=True, eq=False)
class LabelledPairs:
    """Candidates of many searches, and whether each shows the same thing as its query.

    Attributes:
        similarity: [P] float64, inner products of global descriptors.
        inliers, correspondences: [P] int64.
        same: [P] bool.
    """

    similarity: NDArray[np.float64]
    inliers: NDArray[np.int64]
    correspondences: NDArray[np.int64]
    same: NDArray[np.bool_]


def gather_pairs(
    model: Model,
    folders: IdentityFolders,
    *,
    identities: Sequence[str],
    distractors: Sequence[Path] = (),
    candidates: int = 100,
    on_stage: OnStage,
) -> LabelledPairs:
    """Search with every photo, and note what verification says of its candidates.

    Distractors are queries too: nothing is right about what they find, so the best of it teaches what chance
    and likeness alone can do.

    Args:
        model: what is to be calibrated. It must not have been trained on these identities.
        folders: photos, a folder per identity.
        identities: patterns (as in a shell) of the folder names to use; the others are not used.
        distractors: photos that each show something else, and none of these identities.
        candidates: photos verified per query, as `rerank` of a search.
        on_stage: called with (stage, done, total).

    Raises:
        EvaluationError: no photos, or only one identity and no distractors.
    """
    labelled = [
        (path, identity)
        for path, identity in zip(folders.paths, folders.identities, strict=True)
        if any(fnmatch(identity, pattern) for pattern in identities)
    ]
    features: list[Features] = []
    names: list[str] = []
    photos = labelled + [(path, f"/{number}") for number, path in enumerate(distractors)]
    found = model.extract_many(path for path, _ in photos)
    for done, ((_, result), (_, name)) in enumerate(zip(found, photos, strict=True), 1):
        if not isinstance(result, PhotoError):
            features.append(result)
            names.append(name)
        on_stage("extracting", done, len(photos))
    if len(set(names)) < 2:
        raise EvaluationError(f"{folders.folder}: needs photos of two identities, or of one and distractors")
    return _verify(features, np.array(names), candidates, on_stage)


def _verify(
    features: Sequence[Features],
    names: NDArray[np.str_],
    candidates: int,
    on_stage: OnStage,
) -> LabelledPairs:
    descriptors = np.stack([photo.global_descriptor for photo in features])
    compact = [photo.compact() for photo in features]
    rows: list[tuple[float, int, int, bool]] = []
    for query in range(len(features)):
        similarity = descriptors @ descriptors[query]
        order = np.argsort(-similarity, kind="stable")
        order = order[order != query][:candidates]
        for row, match in zip(order, match_many(compact[query], [compact[row] for row in order]), strict=True):
            rows.append((float(similarity[row]), match.inlier_count, len(match), bool(names[row] == names[query])))
        on_stage("verifying", query + 1, len(features))
    columns = list(zip(*rows, strict=True))
    return LabelledPairs(
        np.array(columns[0], np.float64),
        np.array(columns[1], np.int64),
        np.array(columns[2], np.int64),
        np.array(columns[3], np.bool_),
    )

"""The pairs that a calibration is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from glocal.collection import Judgement
from glocal.evaluation.datasets import IdentityFolders
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.framing import FITTED
from glocal.evaluation.runs.labelled_pairs import extract_labelled, framed_pairs, searched_pairs
from glocal.extraction import Model
from glocal.matching import LabelledPairs
from glocal.progress import OnProgress

FRAMED_PHOTOS = 24
"""Photos of different things that are put into each frame: 276 pairs a frame."""


def gather_pairs(
    model: Model,
    folders: IdentityFolders,
    *,
    identities: Sequence[str],
    distractors: Sequence[Path] = (),
    alike: Sequence[IdentityFolders] = (),
    candidates: int = 100,
    on_stage: OnProgress,
) -> LabelledPairs:
    """Search with every photo, and note what verification says of its candidates.

    Distractors lie in every collection, and are queries of the first: nothing is right about what they find, so the
    best of it teaches what chance and likeness alone can do. So do photos of different things that were put into the
    same frame.

    Args:
        model: what is to be calibrated. It must not have been trained on these identities.
        folders: photos, a folder per identity.
        identities: patterns (as in a shell) of the folder names to use; the others are not used.
        distractors: photos that each show something else, and none of these identities.
        candidates: photos verified per query, as `rerank` of a search.
        alike: more photos, a folder per identity: a collection each, whose different things share a design or the
            ground they lie on.
        on_stage: called with (stage, done, total).

    Raises:
        EvaluationError: no photos, or only one identity and no distractors.
    """
    others = extract_labelled(model, [(path, f"/{number}") for number, path in enumerate(distractors)], on_stage)
    photos = extract_labelled(model, photos_by_identity(folders, identities), on_stage).joined(others)
    if len(set(photos.names)) < 2:
        raise EvaluationError(f"{folders.folder}: needs photos of two identities, or of one and distractors")
    pairs = [searched_pairs(photos, candidates, on_stage)]
    for domain, more in enumerate(alike, 1):
        own = extract_labelled(model, photos_by_identity(more, ["*"]), on_stage)
        pairs.append(
            searched_pairs(own.joined(others), candidates, on_stage, queries=len(own.paths), domain=domain, alike=True)
        )
    framed = framed_pairs(model, photos.one_of_each(FRAMED_PHOTOS), FITTED, on_stage)
    return LabelledPairs.joined([*pairs, *framed.values()])


def judged_pairs(judgements: Sequence[Judgement], domain: int) -> LabelledPairs:
    """Return what people said of hits, as pairs to calibrate with.

    They are taken for alike: people are shown what a search finds likely, and different things among that have more
    in common than chance gives.

    Args:
        judgements: of one collection.
        domain: which kind of photos they are of.
    """
    count = len(judgements)
    return LabelledPairs(
        similarity=np.array([one.similarity for one in judgements], np.float64),
        background=np.array([np.nan if one.background is None else one.background for one in judgements], np.float64),
        support=np.array([one.support for one in judgements], np.float64),
        correspondences=np.array([one.correspondences for one in judgements], np.int64),
        same=np.array([bool(one.same) for one in judgements], np.bool_),
        domain=np.full(count, domain, np.int64),
        alike=np.ones(count, np.bool_),
    )


def photos_by_identity(folders: IdentityFolders, identities: Sequence[str]) -> list[tuple[Path, str]]:
    """Return (photo, identity) of a folder of photos per identity, for identities that fit a pattern."""
    return [
        (path, identity)
        for path, identity in zip(folders.paths, folders.identities, strict=True)
        if any(fnmatch(identity, pattern) for pattern in identities)
    ]

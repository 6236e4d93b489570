"""Albums: whether a collection is sorted into the things that its photos show."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path

from glocal.collection import Album
from glocal.evaluation.datasets import IdentityFolders
from glocal.evaluation.measures import pairwise_measures
from glocal.evaluation.result import Evaluation, ProtocolResult
from glocal.evaluation.runs.search_by_modes import opened_collection
from glocal.evaluation.setting import environment, model_setting
from glocal.evaluation.stopwatch import Stopwatch
from glocal.extraction import Model
from glocal.images import absolute_path
from glocal.progress import OnProgress, silent

ALL = "all"
"""Name of the result over all sets."""


def evaluate_albums(
    sets: Sequence[IdentityFolders],
    model: Model,
    work: Path,
    *,
    distractors: Sequence[Path] = (),
    on_stage: OnProgress = silent,
) -> Evaluation:
    """Sort all photos into albums as `glocal group` does, and count the pairs that belong together.

    Args:
        sets: photos, a folder per identity.
        model: what extracts and proves.
        work: folder for the collection; a stopped run continues.
        distractors: photos that show none of it; what of them is in one album is not judged.
        on_stage: called with (stage, done, all).

    Returns:
        A result over all sets, then one for each, called like its folder. See `pairwise_measures`.

    Raises:
        EvaluationError: a photo cannot be read.
    """
    watch = Stopwatch()
    photos = [*(path for one in sets for path in one.paths), *distractors]
    with opened_collection(photos, model, work, watch, on_stage) as collection, watch.stage("group") as costs:
        albums = collection.albums(on_progress=on_stage)
        costs.items = len(photos)
    setting = {**model_setting(model), "photos": len(photos), "distractors": len(distractors), **environment()}
    return Evaluation("albums", judge_albums(albums, sets), setting, watch.summed())


def judge_albums(albums: Sequence[Album], sets: Sequence[IdentityFolders]) -> tuple[ProtocolResult, ...]:
    """Return the pairwise measures of albums over all sets, and for each; photos of other sets do not count there."""
    groups = [[photo.path for photo in album.photos] for album in albums]
    shown: dict[str, dict[Hashable, str]] = {
        one.folder.name: {
            absolute_path(path): f"{one.folder}/{identity}"
            for path, identity in zip(one.paths, one.identities, strict=True)
        }
        for one in sets
    }
    every = {path: identity for of_set in shown.values() for path, identity in of_set.items()}
    return tuple(
        ProtocolResult(name, pairwise_measures(groups, identities))
        for name, identities in {ALL: every, **shown}.items()
    )

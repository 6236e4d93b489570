"""Search with photos that were changed: whether the photo itself is found first, and proved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from glocal.collection import EFFORTS, Collection, SearchMode, SearchOptions, look_at
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.framing import CHANGES, PASTED, Change
from glocal.evaluation.result import Evaluation, ProtocolResult
from glocal.evaluation.runs.search_by_modes import opened_collection, spread_evenly
from glocal.evaluation.setting import environment, model_setting
from glocal.evaluation.stopwatch import Stopwatch
from glocal.extraction import Model
from glocal.images import absolute_path, read_photo
from glocal.progress import OnProgress, silent


def evaluate_changes(
    photos: Sequence[Path],
    model: Model,
    work: Path,
    *,
    modes: Sequence[SearchMode] = ("fast", "balanced"),
    most: int = 20,
    on_stage: OnProgress = silent,
) -> Evaluation:
    """Index photos and search for some of them, each changed in every way of `CHANGES`.

    Args:
        photos: N >= 2 photos.
        model: what extracts and proves.
        work: folder for the collection; a stopped run continues.
        modes: how hard to look.
        most: photos that are searched for, spread evenly.
        on_stage: called with (stage, done, all).

    Returns:
        One result per change: for each mode how often the photo itself came first (R@1), and how often it was proved.
        The photo that it was pasted into, which is found with reason, is left out. Whether the transform of a proof
        undoes the change is not looked at.

    Raises:
        EvaluationError: a photo cannot be read, or there are fewer than two.
    """
    if len(photos) < 2:
        raise EvaluationError(f"{len(photos)} photos; at least two are needed")
    rows = spread_evenly(range(len(photos)), most)
    watch, results = Stopwatch(), []
    with opened_collection(photos, model, work, watch, on_stage) as collection:
        for done, (name, change) in enumerate(CHANGES.items()):
            on_stage("search", done, len(CHANGES))
            metrics: dict[str, float] = {}
            for mode in modes:
                with watch.stage(mode) as costs:
                    found = [_found(collection, model, mode, change, photos, row, name == PASTED) for row in rows]
                    costs.items = len(rows)
                metrics[f"R@1, {mode}"], metrics[f"proved, {mode}"] = np.mean(found, axis=0).tolist()
            results.append(ProtocolResult(name, metrics))
    setting = {**model_setting(model), "photos": len(photos), "queries": len(rows), **environment()}
    return Evaluation("changes", tuple(results), setting, watch.summed())


def _found(
    collection: Collection,
    model: Model,
    mode: SearchMode,
    change: Change,
    photos: Sequence[Path],
    row: int,
    leave_other_out: bool,
) -> tuple[bool, bool]:
    """Search with a changed photo; return whether it came first itself, and whether it was proved."""
    path, other = (absolute_path(photos[place]) for place in (row, row - 1))
    query = np.asarray(change(*(Image.fromarray(read_photo(place)) for place in (path, other))))
    options = SearchOptions(top=EFFORTS[mode].rerank, rerank=EFFORTS[mode].rerank)
    found = collection.search_views([look_at(model, query, None, mode)], options)
    hits = [hit for hit in found if not (leave_other_out and hit.path == other)]
    return hits[0].path == path, any(hit.proved for hit in hits if hit.path == path)

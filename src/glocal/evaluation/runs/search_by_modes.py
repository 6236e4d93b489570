"""Search as users do it, in every mode: what is among the candidates, what is proved, and the final ranking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TypeVar

import numpy as np

from glocal.collection import EFFORTS, Collection, Evidence, SearchMode, SearchOptions, look_at
from glocal.evaluation.datasets import IdentityFolders
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.features import names_hash
from glocal.evaluation.measures import score_ranks
from glocal.evaluation.result import Evaluation, ProtocolResult, QueryResult
from glocal.evaluation.setting import environment, model_setting
from glocal.evaluation.stopwatch import Stopwatch
from glocal.extraction import Model
from glocal.images import absolute_path
from glocal.progress import OnProgress, silent

Item = TypeVar("Item")

EVIDENCE: dict[str, Evidence] = {"by descriptor": "descriptor", "by votes": "votes", "by both": "both"}
"""Names of the measures of candidates."""


def evaluate_search(
    folders: IdentityFolders,
    model: Model,
    work: Path,
    *,
    modes: Sequence[SearchMode] = ("fast", "balanced"),
    queries: str = "*",
    most: int | None = None,
    distractors: Sequence[Path] = (),
    on_stage: OnProgress = silent,
) -> Evaluation:
    """Index a folder per identity and search it with its photos, each for the others of its identity.

    Args:
        folders: photos, a folder per identity.
        model: what extracts and proves.
        work: folder for the collection; a stopped run continues.
        modes: how hard to look.
        queries: pattern of the identities that are searched for.
        most: queries, chosen evenly; None: all photos of those identities.
        distractors: photos that are searched too, and right for no query.
        on_stage: called with (stage, done, all).

    Returns:
        One result per mode. mAP and R@1 are of the final ranking of all photos. "by descriptor", "by votes" and "by
        both" are the shares of right photos among as many candidates as the mode verifies, found by that. "proved" is
        the share of right photos that were proved, and "wrong, proved" the number of wrong ones, over all queries.
        Pixels have a say in the first hits, as in any search.

    Raises:
        EvaluationError: a photo cannot be read, or there is nothing to search for.
    """
    rows = _query_rows(folders, queries, most)
    watch, photos = Stopwatch(), [*folders.paths, *distractors]
    with opened_collection(photos, model, work, watch, on_stage) as collection:
        results = tuple(
            _result(
                mode, [_searched(collection, model, folders, row, mode, watch) for row in _told(rows, mode, on_stage)]
            )
            for mode in modes
        )
    setting = {
        **model_setting(model),
        "photos": len(photos),
        "queries": len(rows),
        "distractors": len(distractors),
        **{f"verified, {mode}": EFFORTS[mode].rerank for mode in modes},
        **environment(),
    }
    return Evaluation("search", results, setting, watch.summed())


def opened_collection(
    photos: Sequence[Path], model: Model, work: Path, watch: Stopwatch, on_stage: OnProgress
) -> Collection:
    """Return a collection of just these photos, made or completed in a folder of its own below `work`.

    Raises:
        EvaluationError: a photo cannot be read.
    """
    folder = work / model.fingerprint[:16] / f"search-{names_hash(photos)[:16]}"
    opened = Collection.open(folder, model) if Collection.exists(folder) else Collection.create(folder, model)
    with watch.stage("index") as costs:
        report = opened.add(photos, on_stage)
        costs.items = len(photos)
    for path, reason in report.unreadable:
        opened.close()
        raise EvaluationError(f"{path}: {reason}; every photo of the set is needed")
    return opened


def _query_rows(folders: IdentityFolders, queries: str, most: int | None) -> list[int]:
    """Return the photos that are queries: those with another of their identity, or some of them, spread evenly."""
    rows = [
        row
        for row, identity in enumerate(folders.identities)
        if fnmatch(identity, queries) and len(folders.rows[identity]) > 1
    ]
    if not rows:
        raise EvaluationError(f"{folders.folder}: no identity that matches {queries!r} has two photos; nothing to find")
    return spread_evenly(rows, most)


def spread_evenly(items: Sequence[Item], most: int | None) -> list[Item]:
    """Return up to so many items, spread evenly over all of them; None: all."""
    if most is None or most >= len(items):
        return list(items)
    return [items[place] for place in np.linspace(0, len(items) - 1, most).round().astype(int)]


def _told(rows: Sequence[int], mode: str, on_stage: OnProgress) -> Iterator[int]:
    """Yield rows, and tell how many were done."""
    for done, row in enumerate(rows):
        on_stage(f"search, {mode}", done, len(rows))
        yield row
    on_stage(f"search, {mode}", len(rows), len(rows))


def _searched(
    collection: Collection, model: Model, folders: IdentityFolders, row: int, mode: SearchMode, watch: Stopwatch
) -> tuple[str, dict[str, float]]:
    """Search with one photo and measure, itself left out; return its name with that."""
    query, identity = absolute_path(folders.paths[row]), folders.identities[row]
    right = {absolute_path(folders.paths[other]) for other in folders.rows[identity].tolist() if other != row}
    with watch.stage(f"look, {mode}") as costs:
        view = look_at(model, query, None, mode)
        costs.items = 1
    verified, keypoints = EFFORTS[mode].rerank, EFFORTS[mode].searched_for_keypoints
    options = SearchOptions(top=len(collection), rerank=verified, searched_for_keypoints=keypoints)
    with watch.stage(f"search, {mode}") as costs:
        found = collection.search_views([view], options)
        costs.items = 1
    with watch.stage(f"compare pixels, {mode}") as costs:
        hits = collection.look_closer([query], found, None, options)
        costs.items = 1
    others = [hit for hit in hits if hit.path != query]
    ranks = np.flatnonzero([hit.path in right for hit in others])
    proposed = {name: collection.candidates([view], verified + 1, by=by) for name, by in EVIDENCE.items()}
    return folders.names[row], {
        "mAP": score_ranks([ranks], [len(right)]).mean_average_precision,
        "R@1": float(len(ranks) > 0 and ranks[0] == 0),
        **{name: sum(one.path in right for one in candidates) / len(right) for name, candidates in proposed.items()},
        "proved": sum(hit.proved and hit.path in right for hit in others) / len(right),
        "wrong, proved": float(sum(hit.proved and hit.path not in right for hit in others)),
    }


def _result(mode: str, searched: Sequence[tuple[str, dict[str, float]]]) -> ProtocolResult:
    """Return the means over all queries; of wrong proofs the sum."""
    metrics = {
        name: float((sum if name.startswith("wrong") else np.mean)([measured[name] for _, measured in searched]))
        for name in searched[0][1]
    }
    queries = tuple(QueryResult(name, measured["mAP"]) for name, measured in searched)
    return ProtocolResult(mode, metrics, queries=queries)

"""Google Landmarks v2.1 with a model, or with predictions made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from glocal.evaluation.datasets import photo_path, read_ids, read_labels, require_photos
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.features import FeatureStore, extract_shards
from glocal.evaluation.measures import (
    RETRIEVAL_DEPTH,
    Recognition,
    Solution,
    global_average_precision,
    mean_average_precision,
    recognise,
)
from glocal.evaluation.ranking import Verifier, nearest
from glocal.evaluation.result import Evaluation, ProtocolResult
from glocal.evaluation.setting import environment, model_setting
from glocal.evaluation.stopwatch import Stopwatch
from glocal.extraction import Model
from glocal.progress import OnProgress, silent

Answer = TypeVar("Answer", str, int)
Prediction = TypeVar("Prediction")


def retrieval_results(predictions: Mapping[str, Sequence[str]], solution: Solution[str]) -> tuple[ProtocolResult, ...]:
    """Return mAP@100 of the private and the public part."""
    return tuple(
        ProtocolResult(name, {"mAP@100": mean_average_precision(_part(predictions, part), part)})
        for name, part in _parts(solution)
    )


def recognition_results(predictions: Mapping[str, Recognition], solution: Solution[int]) -> tuple[ProtocolResult, ...]:
    """Return the GAP of the private and the public part."""
    return tuple(
        ProtocolResult(name, {"GAP": global_average_precision(_part(predictions, part), part)})
        for name, part in _parts(solution)
    )


class LandmarkRun:
    """Features of the test photos and of one database, extracted once, and the first photos of each query."""

    def __init__(
        self,
        data: Path,
        model: Model,
        work: Path,
        queries: Sequence[str],
        database: tuple[str, Sequence[str]],
        depth: int,
        on_stage: OnProgress = silent,
    ) -> None:
        """Extract and rank.

        Args:
            data: holds `test/` and the database's folder.
            model: what extracts.
            work: folder for the features.
            queries: ids of test photos.
            database: name of the split ("index" or "train") and ids of its photos.
            depth: photos kept for each query.
            on_stage: called with (stage, done, all).

        Raises:
            EvaluationError: missing or unreadable photos, or a damaged shard.
        """
        self.queries, (split, self.names) = tuple(queries), database
        self.watch, self._model = Stopwatch(), model
        paths = {
            "test": [photo_path(data / "test", photo) for photo in self.queries],
            split: [photo_path(data / split, photo) for photo in self.names],
        }
        for name, listed in paths.items():
            require_photos(listed, f"{data / name}")
        stores: dict[str, FeatureStore] = {}
        for name, listed in paths.items():
            stage = f"extract {name}"
            with self.watch.stage(stage) as costs:
                folder = work / model.fingerprint[:16] / f"gldv2-{name}-{len(listed)}"
                stores[name] = extract_shards(
                    model, listed, folder, dtype=np.float16, stage=stage, on_progress=on_stage
                )
                costs.items, costs.bytes = stores[name].extracted, stores[name].bytes
        with self.watch.stage("rank") as costs:
            self.ranked = nearest(stores["test"].descriptors(), stores[split].blocks(), depth)
            costs.items = len(self.ranked)
        self._test, self._database = stores["test"], stores[split]
        self._on_stage = on_stage

    def inliers(self, rerank: int) -> Iterator[tuple[int, list[int]]]:
        """Yield (query number, inliers of its first `rerank` photos), matching as it goes."""
        with self.watch.stage("match") as costs:
            for number, (rows, _) in enumerate(self.ranked):
                if rerank:
                    verifier = Verifier([self._test.local(number)], self._database.local)
                    yield number, verifier.inliers(0, rows[:rerank]).tolist()
                else:
                    yield number, []
                costs.items += 1
                self._on_stage("match", costs.items, len(self.ranked))

    def evaluation(self, benchmark: str, results: tuple[ProtocolResult, ...], rerank: int) -> Evaluation:
        """Return the finished value."""
        setting = {
            **model_setting(self._model),
            "database": len(self.names),
            "queries": len(self.queries),
            "shortlist": rerank,
            **environment(),
        }
        return Evaluation(benchmark, results, setting, tuple(self.watch.stages))


def run_retrieval(
    data: Path, model: Model, work: Path, solution: Solution[str], rerank: int, on_stage: OnProgress = silent
) -> Evaluation:
    """Search every scored test photo in the index split, re-rank by inliers, and measure mAP@100.

    Args:
        data: holds `index.csv`, `index/` and `test/`.
        model: what extracts.
        work: folder for the features.
        solution: of retrieval.
        rerank: how many of the first photos are re-ranked by (inliers, similarity); 0 for none.
        on_stage: called with (stage, done, all).

    Raises:
        EvaluationError: missing files or photos.
    """
    queries = sorted(photo for _, part in _parts(solution) for photo, right in part.items() if right)
    database = ("index", read_ids(data / "index.csv"))
    run = LandmarkRun(data, model, work, queries, database, max(RETRIEVAL_DEPTH, rerank), on_stage)
    predictions = {}
    for number, inliers in run.inliers(rerank):
        rows, _ = run.ranked[number]
        order = np.argsort(-np.array(inliers), kind="stable") if inliers else np.empty(0, np.int64)
        ordered = np.concatenate([rows[: len(inliers)][order], rows[len(inliers) :]])
        predictions[queries[number]] = tuple(run.names[row] for row in ordered[:RETRIEVAL_DEPTH])
    return run.evaluation("landmarks-retrieval", retrieval_results(predictions, solution), rerank)


def run_recognition(
    data: Path,
    model: Model,
    work: Path,
    solution: Solution[int],
    labels: Path,
    rerank: int,
    on_stage: OnProgress = silent,
) -> Evaluation:
    """Recognise every scored test photo by its best matches among labelled photos, and measure GAP.

    Args:
        data: holds `train/` and `test/`.
        model: what extracts.
        work: folder for the features.
        solution: of recognition.
        labels: `train.csv` or `train_clean.csv`.
        rerank: how many of the first photos are matched and give their class a score, at least 1.
        on_stage: called with (stage, done, all).

    Raises:
        EvaluationError: missing files or photos.
    """
    if rerank < 1:
        raise EvaluationError("recognition needs at least one match for each photo; give --rerank 1 or more")
    classes = read_labels(labels)
    names = tuple(classes)
    queries = sorted(photo for _, part in _parts(solution) for photo in part)
    run = LandmarkRun(data, model, work, queries, ("train", names), rerank, on_stage)
    predictions = {}
    for number, inliers in run.inliers(rerank):
        rows, similarities = run.ranked[number]
        found = recognise(
            (classes[names[row]], float(similarity), count)
            for row, similarity, count in zip(rows, similarities, inliers, strict=True)
        )
        if found is not None:
            predictions[queries[number]] = found
    return run.evaluation("landmarks-recognition", recognition_results(predictions, solution), rerank)


def _parts(solution: Solution[Answer]) -> list[tuple[str, Mapping[str, tuple[Answer, ...]]]]:
    """Return the parts of a solution that hold photos, by name."""
    parts = {"private": solution.private, "public": solution.public}
    return [(name, part) for name, part in parts.items() if part]


def _part(predictions: Mapping[str, Prediction], part: Mapping[str, object]) -> dict[str, Prediction]:
    """Return the predictions that belong to one part."""
    return {photo: value for photo, value in predictions.items() if photo in part}

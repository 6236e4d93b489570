"""Which rankers are worth their time: every one on the same photos, with its cost."""

from __future__ import annotations

from pathlib import Path

from glocal.evaluation.datasets import PhotoSet
from glocal.evaluation.features import extract_set
from glocal.evaluation.ranking import RANKERS, Choice
from glocal.evaluation.result import Evaluation, ProtocolResult
from glocal.evaluation.runs.protocols import protocol_results
from glocal.evaluation.runs.retrieval import first_ranking, material_of, rerank_protocols
from glocal.evaluation.setting import environment, model_setting
from glocal.evaluation.stopwatch import Stopwatch
from glocal.extraction import Model
from glocal.progress import OnProgress, silent


def compare_rankers(photos: PhotoSet, model: Model, work: Path, on_stage: OnProgress = silent) -> Evaluation:
    """Measure every ranker at its default shortlist on one set.

    Args:
        photos: the set; its queries must not be photos of the database.
        model: what extracts.
        work: folder for the features.
        on_stage: called with (stage, done, all).

    Returns:
        One result per ranker, the first without any; the stages tell what each cost, the building of
        augmented databases included. Each ranker that needs matches pays for all of them.

    Raises:
        EvaluationError: a photo cannot be read.
    """
    watch = Stopwatch()
    extracted = extract_set(photos, model, work, watch, on_stage)
    ranked = first_ranking(photos, extracted, watch, len(photos.photos))
    results = [_named("global descriptors alone", protocol_results(photos.annotations, ranked, {}, photos.measures))]
    for name, choice in RANKERS.items():
        if choice.calibrated and model.card.calibration is None:
            continue
        depth = min(choice.depth or len(photos.photos), len(photos.photos))
        # A fresh verifier each time, so that each ranker pays for its own matching.
        material = material_of(extracted, model)
        clock = Stopwatch()
        with watch.stage(name) as costs:
            reranked = rerank_protocols(photos, ranked, choice.build(material), clock, depth, on_stage=on_stage)
            costs.items = len(ranked)
        measured = protocol_results(photos.annotations, ranked, reranked, photos.measures)
        results.append(_named(f"{name}, first {_depth(choice)}", measured))
    setting = {
        **model_setting(model),
        "photos": len(photos.photos),
        "queries": len(photos.queries),
        **environment(),
    }
    return Evaluation("rankers", tuple(results), setting, tuple(watch.stages))


def _named(name: str, measured: tuple[ProtocolResult, ...]) -> ProtocolResult:
    """Return the one result of a set with folders as identities, under the ranker's name."""
    (result,) = measured
    return ProtocolResult(name, result.metrics, {}, result.queries, result.curve)


def _depth(choice: Choice) -> str:
    return "all" if choice.depth is None else str(choice.depth)

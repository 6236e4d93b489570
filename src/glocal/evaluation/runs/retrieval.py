"""Run a model over a set of photos and measure it, from pixels to numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from glocal.evaluation.datasets import PhotoSet, Protocol
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.features import Extracted, extract_set
from glocal.evaluation.ranking import Material, Ranked, Ranker, Verifier, choose, rank, require
from glocal.evaluation.result import Evaluation
from glocal.evaluation.runs.protocols import protocol_results, protocols
from glocal.evaluation.runs.revisited import needed_depth, rerank_all
from glocal.evaluation.runs.worst_queries import worst_examples
from glocal.evaluation.setting import environment, model_setting
from glocal.evaluation.stopwatch import Stopwatch
from glocal.extraction import Model
from glocal.matching import Calibration
from glocal.progress import OnProgress, silent


@dataclass(frozen=True)
class Plan:
    """How to rank.

    Attributes:
        ranker: name of a ranker, or None for global descriptors alone.
        depth: how many of the first photos it reorders; None for its own default.
        shared: let junk take places in the shortlist, as other code does; not comparable with the paper.
        examples: how many of the worst queries to keep with their rankings.

    Raises:
        EvaluationError: no such ranker, or an empty shortlist.
    """

    ranker: str | None = "inliers"
    depth: int | None = None
    shared: bool = False
    examples: int = 10

    def __post_init__(self) -> None:
        if self.ranker is not None:
            choose(self.ranker)
        if self.depth is not None and self.depth < 1:
            raise EvaluationError(f"a shortlist of {self.depth} photos; it needs at least 1")

    def shortlist(self, photos: int) -> int:
        """Return how many of N photos are re-ranked: none, those asked for, or as many as the ranker wants."""
        if self.ranker is None:
            return 0
        return min(self.depth or choose(self.ranker).depth or photos, photos)


def evaluate_photos(
    photos: PhotoSet, model: Model, work: Path, plan: Plan | None = None, on_stage: OnProgress = silent
) -> Evaluation:
    """Extract, rank, re-rank and measure.

    Features go to `work` in shards, so that a stopped run continues. Queries are cropped to their boxes.

    Args:
        photos: the set.
        model: what extracts.
        work: folder for the features; those of another model never mix with these.
        plan: how to rank; by default as the paper does: by inliers, the first 100.
        on_stage: called with (stage, done, all).

    Raises:
        EvaluationError: a photo cannot be read, a shard is damaged, or the ranker does not fit.
    """
    plan = plan or Plan()
    if plan.ranker is not None:
        require(
            plan.ranker,
            calibrated=model.card.calibration is not None,
            distractors=bool(photos.distractors),
            leave_one_out=photos.query_rows is not None,
        )
    watch = Stopwatch()
    extracted = extract_set(photos, model, work, watch, on_stage)
    material = material_of(extracted, model)
    depth = plan.shortlist(len(photos.photos) + len(photos.distractors))
    ranked = first_ranking(photos, extracted, watch, depth)
    reranked: dict[Protocol, list[Ranked]] = {}
    if plan.ranker is not None:
        ranker = choose(plan.ranker).build(material)
        reranked = rerank_protocols(photos, ranked, ranker, watch, depth, shared=plan.shared, on_stage=on_stage)
    results = protocol_results(photos.annotations, ranked, reranked, photos.measures)
    return Evaluation(
        photos.name,
        results,
        {**model_setting(model), **_setting(photos, plan, depth), **environment()},
        tuple(watch.stages),
        worst_examples(photos, results, reranked, ranked, material.verifier, plan.examples),
    )


def material_of(extracted: Extracted, model: Model) -> Material:
    """Return what rankers are made of."""
    calibration = model.card.calibration_for(model.preset.name)
    return Material(
        extracted.queries,
        extracted.database if extracted.distractors is None else None,
        Verifier(extracted.query_local, extracted.local),
        None if calibration is None else Calibration.from_dict(calibration),
    )


def first_ranking(photos: PhotoSet, extracted: Extracted, watch: Stopwatch, depth: int) -> list[Ranked]:
    """Rank by global descriptors, keeping enough of each ranking to re-rank `depth` photos."""
    with watch.stage("rank") as costs:
        keep = max(needed_depth(photos.annotations, depth), 1)
        ranked = rank(extracted.queries, extracted.database, extracted.distractor_blocks(), keep)
        costs.items = len(ranked)
    return ranked


def rerank_protocols(
    photos: PhotoSet,
    ranked: Sequence[Ranked],
    ranker: Ranker,
    watch: Stopwatch,
    depth: int,
    *,
    shared: bool = False,
    on_stage: OnProgress = silent,
) -> dict[Protocol, list[Ranked]]:
    """Re-rank for each protocol of a set."""
    reranked: dict[Protocol, list[Ranked]] = {}
    for protocol in protocols(photos.annotations):
        name = f"re-rank {photos.measures.label or protocol.value}"
        with watch.stage(name) as costs:
            reranked[protocol] = rerank_all(
                photos.annotations,
                ranked,
                ranker,
                protocol,
                depth=depth,
                shared=shared,
                stage=name,
                on_progress=on_stage,
            )
            costs.items = len(ranked)
    return reranked


def _setting(photos: PhotoSet, plan: Plan, depth: int) -> dict[str, object]:
    return {
        "crop": "box" if any(region is not None for region in photos.regions) else None,
        "image_version": photos.image_version,
        "photos": len(photos.photos),
        "queries": len(photos.queries),
        "distractors": len(photos.distractors),
        "passed_over": photos.passed_over or None,
        "ranker": plan.ranker or "global descriptors alone",
        "shortlist": depth if plan.ranker else None,
        "variant": None if plan.ranker is None else "shared" if plan.shared else "per protocol",
    }

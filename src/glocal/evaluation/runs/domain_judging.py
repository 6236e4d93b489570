"""Judge a model on several domains beside baselines, by global descriptors alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glocal.evaluation.datasets import Domain, PhotoSet, domain_set
from glocal.evaluation.domain_comparison import DomainComparison, DomainScore
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.features import extract_shards, names_hash
from glocal.evaluation.ranking import rank
from glocal.evaluation.runs.protocols import protocol_results
from glocal.evaluation.setting import environment
from glocal.extraction import Model
from glocal.progress import OnProgress, silent

Rows = Mapping[Path, NDArray[np.floating]]
"""Photo to global descriptor [D]."""


@dataclass(frozen=True)
class Contender:
    """What is judged: a model, or several whose global descriptors are put side by side.

    Attributes:
        name: as reports call it.
        models: at least one; each descriptor of length 1 counts alike, so similarity is the mean of theirs.
    """

    name: str
    models: tuple[Model, ...]


def judge_domains(
    root: Path,
    domains: Sequence[Domain],
    seeds: Sequence[Contender],
    baselines: Sequence[Contender],
    work: Path,
    on_stage: OnProgress = silent,
) -> DomainComparison:
    """Search with every photo of every domain, with each model.

    Features go to `work` in shards, as those of other evaluations, so that a stopped run continues.

    Args:
        root: the folders of all domains are below it.
        domains: at least one.
        seeds: the model, once for each seed it was trained with; the first gives the name.
        baselines: what it is compared with.
        work: folder for the features.
        on_stage: called with (stage, done, all).

    Raises:
        EvaluationError: names that are not all different, missing folders, or photos that cannot be read.
    """
    names = [seeds[0].name, *(baseline.name for baseline in baselines)]
    for name in names:
        if names.count(name) > 1:
            raise EvaluationError(f"two models are called {name}; give one another name, as NAME=CARD")
    sets = [domain_set(root, domain) for domain in domains]
    groups = _groups(root, sets)
    models = {model.fingerprint: model for contender in (*seeds, *baselines) for model in contender.models}
    described = {name: _describe(model, groups, work, on_stage) for name, model in models.items()}
    scores = tuple(
        DomainScore(
            photos.name,
            len(photos.queries),
            len(photos.distractors),
            tuple(_mean_average_precision(photos, seed, described) for seed in seeds),
            tuple(_mean_average_precision(photos, baseline, described) for baseline in baselines),
        )
        for photos in sets
    )
    single = tuple(len(baseline.models) == 1 for baseline in baselines)
    return DomainComparison(names[0], tuple(names[1:]), single, scores, _setting(seeds, baselines))


def _groups(root: Path, sets: Sequence[PhotoSet]) -> dict[str, list[Path]]:
    """Return all photos of the sets by the folder of `root` they are in: each is extracted once, for all domains."""
    groups: dict[str, list[Path]] = {}
    for path in sorted({path for photos in sets for path in (*photos.photos, *photos.distractors)}):
        groups.setdefault(path.relative_to(root).parts[0], []).append(path)
    return groups


def _describe(model: Model, groups: Mapping[str, Sequence[Path]], work: Path, on_stage: OnProgress) -> Rows:
    """Return the global descriptor of every photo."""
    rows: dict[Path, NDArray[np.floating]] = {}
    for name, paths in groups.items():
        folder = work / model.fingerprint[:16] / names_hash(paths)[:16]
        store = extract_shards(model, paths, folder, stage=f"{model.name}: {name}", on_progress=on_stage)
        rows |= zip(paths, store.descriptors(), strict=True)
    return rows


def _mean_average_precision(photos: PhotoSet, contender: Contender, described: Mapping[str, Rows]) -> float:
    rows = [described[model.fingerprint] for model in contender.models]
    core = _side_by_side(photos.photos, rows)
    distractors = [_side_by_side(photos.distractors, rows)] if photos.distractors else []
    ranked = rank(core, core, distractors, depth=1)  # every photo is a query, in the same order
    (result,) = protocol_results(photos.annotations, ranked, {}, photos.measures)
    return result.metrics["mAP"]


def _side_by_side(photos: Sequence[Path], rows: Sequence[Rows]) -> NDArray[np.floating]:
    """Return [N, D] descriptors of length 1: those of each model, one after another."""
    parts = [np.stack([one[path] for path in photos]) for one in rows]
    return np.concatenate(parts, axis=1) / math.sqrt(len(parts))


def _setting(seeds: Sequence[Contender], baselines: Sequence[Contender]) -> dict[str, Any]:
    hashes = [" + ".join(model.fingerprint for model in one.models) for one in (*seeds, *baselines)]
    names = [f"{seed.name}, seed {number}" for number, seed in enumerate(seeds, 1)]
    names += [baseline.name for baseline in baselines]
    first = seeds[0].models[0]
    return {
        "preset": first.preset.name,
        "precision": first.precision,
        "global_scales": list(first.preset.global_scales),
        "models": dict(zip(names, hashes, strict=True)),
        **environment(),
    }

"""Proof: how many right and how many wrong pairs are proved, searched for and in the same frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from glocal.evaluation.datasets import IdentityFolders
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.framing import FITTED, HELD_OUT
from glocal.evaluation.measures import expected_calibration_error, log_loss, reliability, verdict_counts
from glocal.evaluation.result import Evaluation, ProtocolResult
from glocal.evaluation.runs.calibrating import photos_by_identity
from glocal.evaluation.runs.labelled_pairs import (
    extract_labelled,
    framed_pairs,
    searched_pairs,
)
from glocal.evaluation.setting import environment, model_setting
from glocal.evaluation.stopwatch import Stopwatch
from glocal.extraction import Model
from glocal.matching import Calibration, LabelledPairs
from glocal.pair import calibration_of
from glocal.progress import OnProgress, silent


def evaluate_proof(
    folders: IdentityFolders,
    model: Model,
    *,
    identities: Sequence[str] = ("*",),
    distractors: Sequence[Path] = (),
    candidates: int = 100,
    framed: int = 40,
    on_stage: OnProgress = silent,
) -> Evaluation:
    """Search a folder per identity with every photo, put photos of different things into the same frames, and count.

    Args:
        folders: photos, a folder per identity.
        model: what extracts and proves.
        identities: patterns of the folder names to use.
        distractors: photos that each show something else.
        candidates: photos verified per query.
        framed: photos, of as many things, that are put into each frame; all are compared with each other.
        on_stage: called with (stage, done, all).

    Raises:
        EvaluationError: there are no photos of two things.
        ModelError: the model has no calibration.
    """
    calibration = calibration_of(model.card, model.preset.name)
    distinct = [(path, f"/{number}") for number, path in enumerate(distractors)]
    watch = Stopwatch()
    with watch.stage("extract") as costs:
        photos = extract_labelled(model, photos_by_identity(folders, identities) + distinct, on_stage)
        costs.items = len(photos.paths)
    if len(set(photos.names)) < 2:
        raise EvaluationError(f"{folders.folder}: needs photos of two identities, or of one and distractors")
    with watch.stage("match") as costs:
        searched = searched_pairs(photos, candidates, on_stage)
        costs.items = len(searched)
    with watch.stage("frame and match") as costs:
        chosen = photos.one_of_each(framed)
        pairs = framed_pairs(model, chosen, {**FITTED, **HELD_OUT}, on_stage)
        costs.items = sum(map(len, pairs.values()))
    kinds = {"searched": searched} | {_name(frame): found for frame, found in pairs.items()}
    results = tuple(_result(kind, found, calibration) for kind, found in kinds.items())
    photos_of = {"identities": ", ".join(identities), "distractors": len(distractors)}
    counts = {"candidates": candidates, "framed photos": len(chosen)}
    setting = {**model_setting(model), **photos_of, **counts, **environment()}
    return Evaluation("proof", results, setting, tuple(watch.stages))


def _name(frame: str) -> str:
    return frame if frame in FITTED else f"{frame} (held out)"


def _result(kind: str, pairs: LabelledPairs, calibration: Calibration) -> ProtocolResult:
    probability = calibration.probabilities(pairs.similarity, pairs.support, pairs.correspondences, pairs.background)
    proved = np.array([calibration.proves(*one) for one in zip(pairs.support, probability, strict=True)])
    bins = reliability(probability, pairs.same)
    metrics = {
        **verdict_counts(probability, proved, pairs.same),
        "log-loss": log_loss(probability, pairs.same),
        "ECE": expected_calibration_error(bins),
    }
    return ProtocolResult(kind, metrics, reliability=bins)

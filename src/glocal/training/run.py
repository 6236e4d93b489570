"""`train`: from folders of photos and a recipe to a trained model."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from glocal.models.backbone import create_backbone
from glocal.models.delg import Delg
from glocal.models.imagenet import imagenet_weights, normalisation_of, weights_from_file
from glocal.models.losses import IGNORE, DelgObjective
from glocal.training.batches import Batches
from glocal.training.checkpoint import Checkpoint, save_checkpoint
from glocal.training.data import Classes, PhotoCache, TrainingError, find_photos, number_classes, split_photos
from glocal.training.loop import StepReport, run_loop
from glocal.training.recipe import Network, Recipe
from glocal.training.starting import finish_codes, start_from_photos
from glocal.training.validate import validate

OnProgress = Callable[[str, int, int, StepReport | None], None]
"""Called with (stage, done, total, report of the last step while training)."""


@dataclass(frozen=True)
class TrainReport:
    """What a run made.

    Attributes:
        checkpoint: the trained model, `out/model.safetensors`: what `export` reads.
        photos: photos trained on.
        skipped: one line for each photo that could not be read.
        classes: classes of ArcFace and attention.
        validation: mAP in [0, 1] of the identities validated on, or None without any.
        seconds: how long this call took.
    """

    checkpoint: Path
    photos: int
    skipped: tuple[str, ...]
    classes: int
    validation: float | None
    seconds: float


def _silent(stage: str, done: int, total: int, report: StepReport | None) -> None:
    """Report nothing."""


def train(
    recipe: Recipe,
    photos: Sequence[Path],
    out: Path,
    *,
    unlabelled: Sequence[Path] = (),
    on_progress: OnProgress = _silent,
) -> TrainReport:
    """Train a model. Run again with the same arguments, it goes on where it was stopped.

    Args:
        recipe: everything that decides the result.
        photos: folders that hold a folder of photos per identity.
        out: folder for `recipe.json`, `log.jsonl`, `state.safetensors` and `model.safetensors`.
        unlabelled: folders of photos without identity.
        on_progress: called often, with what is done.

    Raises:
        TrainingError: no photos, too few of them, another recipe's state in `out`, or a loss that is no number.
        ModelError: the backbone or its weights are not to be had.
    """
    started = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    (out / "recipe.json").write_text(recipe.model_dump_json(indent=2), "utf-8")
    cache, held, classes = _read(recipe, photos, unlabelled)
    torch.manual_seed(recipe.seed)
    delg = create_delg(recipe.network)
    objective = _objective(delg, recipe, classes)
    normalisation = normalisation_of(recipe.network.backbone)
    if recipe.start.from_photos and not (out / "state.safetensors").is_file():
        counting = _counting(on_progress, "statistics")
        descriptors = start_from_photos(delg.eval(), cache, recipe, normalisation, counting)
        objective.arcface.start_from(descriptors, torch.from_numpy(classes.labels))
    batches = Batches(cache, classes.labels, recipe, normalisation)

    def on_step(step: StepReport) -> None:
        on_progress("steps", step.step + 1, recipe.steps, step)

    run_loop(delg, objective, batches, recipe, out, on_step)
    threshold = finish_codes(delg.eval(), cache, recipe, normalisation, _counting(on_progress, "codes"))
    validation = validate(delg, held, normalisation) if len(held) else None
    report = TrainReport(
        out / "model.safetensors",
        len(cache),
        tuple(map(str, (*cache.skipped, *held.skipped))),
        classes.count,
        validation,
        time.monotonic() - started,
    )
    _save(delg, recipe, report, threshold, len(held))
    return report


def _read(recipe: Recipe, photos: Sequence[Path], unlabelled: Sequence[Path]) -> tuple[PhotoCache, PhotoCache, Classes]:
    """Return the photos to train on, those to validate on, and the classes of the former."""
    split = split_photos(find_photos(photos, unlabelled), recipe.data.validate_on, recipe.data.held_out)
    cache, held = (PhotoCache(part, recipe.data.side) for part in (split.train, split.validate))
    classes = number_classes(cache.photos, instances=recipe.data.instances, ignore=IGNORE)
    if not classes.count:
        raise TrainingError("no photo has an identity; give folders of identities or set data.instances = true")
    return cache, held, classes


def empty_delg(settings: Network, state: dict[str, Tensor] | None = None) -> Delg:
    """Return the network of a recipe, its backbone random or with the weights of a timm state dict."""
    delg = Delg(
        create_backbone(settings.backbone, state),
        global_dimensions=settings.global_dimensions,
        code_dimensions=settings.code_dimensions,
        attention_hidden=settings.attention_hidden,
        stop_gradient=settings.stop_gradient,
    )
    return delg.to(memory_format=torch.channels_last)


def create_delg(settings: Network) -> Delg:
    """Return the network of a recipe with its start weights.

    Raises:
        ModelError: the backbone or its weights are not to be had.
    """
    match settings.weights:
        case "imagenet":
            return empty_delg(settings, imagenet_weights(settings.backbone))
        case "random":
            return empty_delg(settings)
        case file:
            return empty_delg(settings, weights_from_file(Path(file)))


def _objective(delg: Delg, recipe: Recipe, classes: Classes) -> DelgObjective:
    return DelgObjective(
        dimensions=recipe.network.global_dimensions,
        channels=delg.backbone.local_channels,
        classes=classes.count,
        identities=classes.identities or classes.count,
        margin=recipe.losses.margin,
        reconstruction_weight=recipe.losses.reconstruction,
        attention_weight=recipe.losses.attention,
    )


def _counting(on_progress: OnProgress, stage: str) -> Callable[[int, int], None]:
    return lambda done, total: on_progress(stage, done, total, None)


def _save(delg: Delg, recipe: Recipe, report: TrainReport, threshold: float, held: int) -> None:
    facts = {
        "attention_threshold": threshold,
        "photos": report.photos,
        "skipped": len(report.skipped),
        "classes": report.classes,
        "validation_photos": held,
        "validation_mAP": None if report.validation is None else round(report.validation, 4),
        "seconds": round(report.seconds),
        "threads": torch.get_num_threads(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }
    save_checkpoint(report.checkpoint, Checkpoint(dict(delg.state_dict()), recipe, facts))

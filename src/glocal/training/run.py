"""`train`: from folders of photos and a recipe to a trained model."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from glocal.files import write_whole
from glocal.models.imagenet import Normalisation
from glocal.models.losses import Objective
from glocal.models.network import SearchNetwork
from glocal.training.checkpoint import Checkpoint, save_checkpoint
from glocal.training.loop import OnStep, Ranks, StepReport, run_loop, training_processes, validate
from glocal.training.objective import create_objective, start_network
from glocal.training.photos import MEMORY, Batches, TrainingPhotos, load_photos
from glocal.training.recipe import Recipe
from glocal.training.stages import Stage, stages_of
from glocal.training.statistics import check_enough, finish, needs_whitening, start_from_photos

OnProgress = Callable[[str, int, int, StepReport | None], None]
"""Called with (stage, done, total, report of the last step while training)."""


@dataclass(frozen=True)
class TrainReport:
    """What a run made.

    Attributes:
        checkpoint: the trained model, `out/model.safetensors`: what `export` reads.
        photos: photos trained on.
        skipped: a line for each photo that could not be read; also in `out/skipped.txt`.
        passed_over: one line that counts what was found beside the photos and not taken; empty if nothing.
        classes: classes of the identity classifier.
        validation: mAP in [0, 1] of the identities validated on, or None without any.
        seconds: how long this call took.
    """

    checkpoint: Path
    photos: int
    skipped: tuple[str, ...]
    passed_over: str
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
    memory: int = MEMORY,
    workers: int | None = None,
    on_progress: OnProgress = _silent,
) -> TrainReport:
    """Train a model. Run again with the same arguments, it goes on where it was stopped.

    Started by `torchrun`, every process calls this alike: batches are divided among them, the first one writes.

    Args:
        recipe: everything that decides the result.
        photos: sets of photos with identities: folders, or CSV files (see `find_labelled_photos`).
        out: folder for `recipe.json`, `log.jsonl`, `state.safetensors`, `model.safetensors`, `skipped.txt`; log and
            state of separate stages are in its folders `stage1` and `stage2`.
        unlabelled: sets whose photos are taken without identity.
        memory: bytes of decoded photos kept; the rest is read from its files each time. The result is the same.
        workers: threads that prepare batches, by default one a core. The result is the same.
        on_progress: called often, with what is done.

    Raises:
        TrainingError: no photos, too few of them, another recipe's state in `out`, or a loss that is no number.
        ModelError: the backbone or its weights are not to be had.
    """
    started = time.monotonic()
    data = load_photos(recipe, photos, unlabelled, memory)
    with training_processes() as ranks:
        run = _prepare(recipe, data, out, ranks, workers, on_progress if ranks.first else _silent)
        stages = stages_of(recipe, out)
        for number, stage in enumerate(stages):
            _train_stage(run, stage, number, len(stages))
        return _finish(run, started)


@dataclass(frozen=True, eq=False)
class _Run:
    """What one of the processes trains with.

    Attributes:
        network: changed in place, stage by stage.
        workers: threads that prepare batches; None: one a core.
    """

    recipe: Recipe
    data: TrainingPhotos
    out: Path
    ranks: Ranks
    network: SearchNetwork
    normalisation: Normalisation
    workers: int | None
    on_progress: OnProgress

    def counting(self, stage: str) -> Callable[[int, int], None]:
        """Return what reports the photos of a stage without steps."""
        return lambda done, total: self.on_progress(stage, done, total, None)

    def validate(self, network: SearchNetwork) -> float:
        """Return the mAP in [0, 1] of the photos held back."""
        return validate(network, self.data.validate, self.normalisation)


def _prepare(
    recipe: Recipe, data: TrainingPhotos, out: Path, ranks: Ranks, workers: int | None, on_progress: OnProgress
) -> _Run:
    """Note the recipe, and make the network as it is before it learns anything."""
    if ranks.first:
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / "recipe.json", recipe.model_dump_json(indent=2))
    torch.manual_seed(recipe.seed)
    network = start_network(recipe.network)
    if needs_whitening(network, recipe):
        check_enough(len(data.train), recipe.network.global_dimensions)
    normalisation = recipe.network.normalisation
    return _Run(recipe, data, out, ranks, network, normalisation, workers, on_progress)


def _train_stage(run: _Run, stage: Stage, number: int, stages: int) -> None:
    """Train one stage; `number` of so many, counted from 0."""
    stage.folder.mkdir(parents=True, exist_ok=True)
    photos, classes, ranks = run.data.train, run.data.classes, run.ranks
    batches = Batches(
        photos,
        classes.labels,
        stage.recipe,
        run.normalisation,
        rank=ranks.rank,
        world_size=ranks.size,
        workers=run.workers,
    )
    objective = create_objective(run.network, stage.recipe, classes)
    resuming = (stage.folder / "state.safetensors").is_file()
    if number == 0 and run.recipe.start.from_photos and run.network.whitening_learns and not resuming:
        _start(run, objective)
    on_step = _steps(run.on_progress, number * run.recipe.steps, stages * run.recipe.steps)
    validating = run.validate if len(run.data.validate) else None
    run_loop(run.network, objective, batches, stage.recipe, stage.folder, ranks, on_step, validating)


def _start(run: _Run, objective: Objective) -> None:
    """Set whitening, autoencoder and classifier from statistics of the photos."""
    labels = torch.from_numpy(run.data.classes.labels)
    descriptors = start_from_photos(
        run.network.eval(), run.data.train, labels, run.recipe, run.normalisation, run.counting("statistics")
    )
    if objective.classifier is not None:
        objective.classifier.start_from(descriptors, labels)


def _finish(run: _Run, started: float) -> TrainReport:
    """Learn what is learned last, validate, and save the model."""
    photos, held = run.data.train, len(run.data.validate)
    threshold = finish(run.network.eval(), photos, run.recipe, run.normalisation, run.counting("codes"))
    report = TrainReport(
        checkpoint=run.out / "model.safetensors",
        photos=len(photos) - len(photos.skipped),
        skipped=run.data.skipped(),
        passed_over=run.data.passed_over,
        classes=run.data.classes.count,
        validation=run.validate(run.network) if held and run.ranks.first else None,
        seconds=time.monotonic() - started,
    )
    if run.ranks.first:
        _save(run.network, run.recipe, report, threshold, held)
        write_whole(run.out / "skipped.txt", "".join(f"{line}\n" for line in report.skipped))
    return report


def _steps(on_progress: OnProgress, before: int, total: int) -> OnStep:
    return lambda step: on_progress("steps", before + step.step + 1, total, step)


def _save(network: SearchNetwork, recipe: Recipe, report: TrainReport, threshold: float, held: int) -> None:
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
    save_checkpoint(report.checkpoint, Checkpoint(dict(network.state_dict()), recipe, facts))

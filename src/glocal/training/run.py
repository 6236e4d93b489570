"""`train`: from folders of photos and a recipe to a trained model."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from glocal.files import write_whole
from glocal.models.distillation import aligned_projection
from glocal.models.imagenet import Normalisation
from glocal.models.losses import Objective
from glocal.models.network import SearchNetwork
from glocal.progress import OnProgress, silent
from glocal.training.checkpoint import Checkpoint, save_checkpoint
from glocal.training.loop import OnStep, Ranks, StepReport, run_loop, training_processes, validate
from glocal.training.objective import create_objective, start_network
from glocal.training.photos import MEMORY, Batches, TrainingPhotos, load_photos
from glocal.training.recipe import Recipe
from glocal.training.stages import Stage, stages_of
from glocal.training.statistics import check_enough, finish, needs_whitening, start_from_photos

LARGE = 1024
"""Numbers in a tensor from which on 16 bits save something."""


@dataclass(frozen=True)
class TrainReport:
    """What a run made.

    Attributes:
        checkpoint: the trained model, `out/model.safetensors`: what `export` reads.
        photos: photos trained on.
        skipped: a line for each photo that could not be read; also in `out/skipped.txt`.
        passed_over: one line that counts what was found beside the photos and not taken; empty if nothing.
        classes: classes of the identity classifier.
        steps: that were done, of all stages together.
        planned: steps of the recipe, of all stages together.
        validation: mAP in [0, 1] of the identities validated on, or None without any.
        seconds: how long this call took.
    """

    checkpoint: Path
    photos: int
    skipped: tuple[str, ...]
    passed_over: str
    classes: int
    steps: int
    planned: int
    validation: float | None
    seconds: float


def _unheard(_step: StepReport) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Conduct:
    """How a run is carried out; none of it changes what a step computes.

    Attributes:
        memory: bytes of decoded photos kept; the rest is read from its files each time.
        workers: threads that prepare batches, by default one a core.
        minutes: after which no further step begins; the model is what was learned by then, and the state is kept.
        half: whether the trained model is stored in 16 bits where tensors are large, as exported networks are.
    """

    memory: int = MEMORY
    workers: int | None = None
    minutes: float | None = None
    half: bool = False


def train(
    recipe: Recipe,
    photos: Sequence[Path],
    out: Path,
    *,
    unlabelled: Sequence[Path] = (),
    conduct: Conduct | None = None,
    on_progress: OnProgress = silent,
    on_step: OnStep = _unheard,
) -> TrainReport:
    """Train a model. Run again with the same arguments, it goes on where it was stopped.

    Started by `torchrun`, every process calls this alike: batches are divided among them, the first one writes.

    Args:
        recipe: everything that decides the result.
        photos: sets of photos with identities: folders, or CSV files (see `find_labelled_photos`).
        out: folder for `recipe.json`, `log.jsonl`, `state.safetensors`, `model.safetensors`, `skipped.txt`; log and
            state of separate stages are in its folders `stage1` and `stage2`.
        unlabelled: sets whose photos are taken without identity.
        conduct: memory, threads and time.
        on_progress: called with ("statistics", "steps", "codes" or "pairs of views", done, in all), often.
        on_step: called after each step, with its losses and warnings.

    Raises:
        TrainingError: no photos, too few of them, another recipe's state in `out`, or a loss that is no number.
        ModelError: the backbone or its weights are not to be had.
    """
    started, conduct = time.monotonic(), conduct or Conduct()
    data = load_photos(recipe, photos, unlabelled, conduct.memory)
    with training_processes() as ranks:
        heard = (on_progress, on_step) if ranks.first else (silent, _unheard)
        run = _prepare(recipe, data, out, ranks, conduct, started, *heard)
        stages, steps = stages_of(recipe, out), 0
        for number, stage in enumerate(stages):
            done = _train_stage(run, stage, number, len(stages))
            steps += done
            if done < recipe.steps:  # out of time: the next stage needs all of this one
                break
        return _finish(run, steps, len(stages) * recipe.steps)


@dataclass(frozen=True, eq=False)
class _Run:
    """What one of the processes trains with.

    Attributes:
        network: changed in place, stage by stage.
        started: seconds of `time.monotonic()` when the run began.
    """

    recipe: Recipe
    data: TrainingPhotos
    out: Path
    ranks: Ranks
    network: SearchNetwork
    normalisation: Normalisation
    conduct: Conduct
    started: float
    on_progress: OnProgress
    on_step: OnStep

    def validate(self, network: SearchNetwork) -> float:
        """Return the mAP in [0, 1] of the photos held back."""
        return validate(network, self.data.validate, self.normalisation)


def _prepare(
    recipe: Recipe,
    data: TrainingPhotos,
    out: Path,
    ranks: Ranks,
    conduct: Conduct,
    started: float,
    on_progress: OnProgress,
    on_step: OnStep,
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
    return _Run(recipe, data, out, ranks, network, normalisation, conduct, started, on_progress, on_step)


def _train_stage(run: _Run, stage: Stage, number: int, stages: int) -> int:
    """Train one stage, `number` of `stages`, counted from 0; return how many of its steps are done."""
    stage.folder.mkdir(parents=True, exist_ok=True)
    photos, classes, ranks = run.data.train, run.data.classes, run.ranks
    batches = Batches(
        photos,
        classes.labels,
        stage.recipe,
        run.normalisation,
        teachers=run.data.teachers,
        rank=ranks.rank,
        world_size=ranks.size,
        workers=run.conduct.workers,
        device=ranks.device,
    )
    objective = create_objective(run.network, stage.recipe, classes, run.data.teachers.shape[1])
    resuming = (stage.folder / "state.safetensors").is_file()
    by_photos = run.recipe.start.from_photos or run.recipe.losses.needs_teachers
    if number == 0 and by_photos and run.network.whitening_learns and not resuming:
        _start(run, objective)
    on_step = _counted(run, number * run.recipe.steps, stages * run.recipe.steps)
    validating = run.validate if len(run.data.validate) else None
    minutes = run.conduct.minutes
    until = math.inf if minutes is None else run.started + 60 * minutes
    return run_loop(run.network, objective, batches, stage.recipe, stage.folder, ranks, on_step, validating, until)


def _start(run: _Run, objective: Objective) -> None:
    """Set whitening, autoencoder, classifier and the teachers' projection from statistics of the photos."""
    labels, network = torch.from_numpy(run.data.classes.labels), run.network.eval().to(run.ranks.device)
    descriptors = start_from_photos(network, run.data.train, labels, run.recipe, run.normalisation, run.on_progress)
    if objective.classifier is not None:
        objective.classifier.start_from(descriptors, labels)
    if run.recipe.losses.needs_teachers:
        objective.projection.copy_(aligned_projection(descriptors, torch.from_numpy(run.data.teachers).float()))


def _finish(run: _Run, steps: int, planned: int) -> TrainReport:
    """Learn what is learned last, validate, and save the model."""
    photos, held = run.data.train, len(run.data.validate)
    network = run.network.eval().to(run.ranks.device)
    threshold = finish(network, photos, run.recipe, run.normalisation, run.on_progress)
    report = TrainReport(
        checkpoint=run.out / "model.safetensors",
        photos=len(photos) - len(photos.skipped),
        skipped=run.data.skipped(),
        passed_over=run.data.passed_over,
        classes=run.data.classes.count,
        steps=steps,
        planned=planned,
        validation=run.validate(run.network) if held and run.ranks.first else None,
        seconds=time.monotonic() - run.started,
    )
    if run.ranks.first:
        _save(run, report, threshold, held)
        write_whole(run.out / "skipped.txt", "".join(f"{line}\n" for line in report.skipped))
    return report


def _counted(run: _Run, before: int, total: int) -> OnStep:
    """Return what reports a step, and how many of all stages together are done: `before` are of earlier stages."""

    def report(step: StepReport) -> None:
        run.on_progress("steps", before + step.step + 1, total)
        run.on_step(step)

    return report


def _save(run: _Run, report: TrainReport, threshold: float, held: int) -> None:
    facts = {
        "attention_threshold": threshold,
        "photos": report.photos,
        "skipped": len(report.skipped),
        "classes": report.classes,
        "steps": report.steps,
        "validation_photos": held,
        "validation_mAP": None if report.validation is None else round(report.validation, 4),
        "seconds": round(report.seconds),
        "threads": torch.get_num_threads(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }
    tensors = {name: _halved(one) if run.conduct.half else one for name, one in run.network.state_dict().items()}
    save_checkpoint(report.checkpoint, Checkpoint(tensors, run.recipe, facts))


def _halved(tensor: Tensor) -> Tensor:
    """Return a large tensor in 16 bits; small ones, such as the statistics of batch norms, stay."""
    return tensor.half() if tensor.is_floating_point() and tensor.numel() >= LARGE else tensor

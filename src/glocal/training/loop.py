"""The training loop: one stage, in which whatever the recipe does not freeze learns together."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

from glocal.models.losses import BatchLosses, Objective
from glocal.models.network import SearchNetwork
from glocal.training.batches import Batches
from glocal.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimiser_tensors,
    prefixed,
    restore_optimiser,
    save_checkpoint,
    without_prefix,
)
from glocal.training.data import TrainingError
from glocal.training.optimisation import (
    create_optimiser,
    freeze,
    mix,
    pull_to_start,
    set_learning_rate,
    set_training_mode,
)
from glocal.training.recipe import Recipe


@dataclass(frozen=True)
class StepReport:
    """What the log says of one step: losses before the step, gradient norm before clipping."""

    step: int
    total: float
    global_: float
    reconstruction: float
    attention: float
    gradient: float
    learning_rate: float


OnStep = Callable[[StepReport], None]


def run_loop(
    delg: SearchNetwork, objective: Objective, batches: Batches, recipe: Recipe, out: Path, on_step: OnStep
) -> None:
    """Train `delg` in place for the recipe's steps.

    `out/state.safetensors` is written every `save_every` steps; if it is there, training goes on from it and
    meets the same losses as a run that was never stopped. `out/log.jsonl` has a line for every step.

    Raises:
        TrainingError: the state is of another recipe, or the loss is no longer a number.
    """
    settings = recipe.optimiser
    freeze(delg, settings)
    start = {name: tensor.clone() for name, tensor in delg.state_dict().items()}
    average = {name: tensor.clone() for name, tensor in start.items()}
    optimiser = create_optimiser(delg, objective, recipe)
    state = _State(out / "state.safetensors", delg, objective, optimiser, start, average, recipe)
    first = state.restore()
    _cut_log(out / "log.jsonl", first)
    backbone_start = without_prefix("backbone", start)
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        for step, batch in enumerate(batches.ahead(first, recipe.steps), first):
            # The start's frozen statistics stay exact: only what learns is in training mode.
            set_training_mode(delg, settings)
            rate = set_learning_rate(optimiser, recipe, step)
            losses: BatchLosses = objective(delg(batch.images), batch.labels)
            optimiser.zero_grad(set_to_none=True)
            losses.total.backward()  # type: ignore[no-untyped-call]
            learning = [p for group in optimiser.param_groups for p in group["params"]]
            gradient = nn.utils.clip_grad_norm_(learning, settings.clip)
            report = _report(step, losses, gradient, rate)
            _check(report)
            optimiser.step()
            if settings.decay_to_start:
                pull_to_start(delg.backbone, backbone_start, settings.decay_to_start * rate)
            if settings.average:
                _follow(average, delg.state_dict(), settings.average)
            log.write(json.dumps(asdict(report)) + "\n")
            on_step(report)
            if (step + 1) % recipe.save_every == 0:
                log.flush()
                state.save(step + 1)
    if settings.average:
        delg.load_state_dict(average)
    mix(delg.backbone, backbone_start, settings.start_share)
    for name, part in delg.global_parts().items():
        mix(part, without_prefix(name, start), settings.start_share)


class _State:
    """Everything that must survive a kill."""

    def __init__(
        self,
        path: Path,
        delg: SearchNetwork,
        objective: Objective,
        optimiser: torch.optim.Optimizer,
        start: dict[str, torch.Tensor],
        average: dict[str, torch.Tensor],
        recipe: Recipe,
    ) -> None:
        self._path = path
        self._modules: dict[str, nn.Module] = {"delg": delg, "objective": objective}
        self._copies = {"start": start, "average": average}
        self._optimiser = optimiser
        self._recipe = recipe

    def save(self, step: int) -> None:
        """Write the state after `step` steps."""
        tensors = prefixed("optimiser", optimiser_tensors(self._optimiser))
        for name, module in self._modules.items():
            tensors |= prefixed(name, module.state_dict())
        for name, copies in self._copies.items():
            tensors |= prefixed(name, copies)
        save_checkpoint(self._path, Checkpoint(tensors, self._recipe, {"step": step}))

    def restore(self) -> int:
        """Put a written state back, if there is one, and return the number of steps done."""
        if not self._path.is_file():
            return 0
        saved = load_checkpoint(self._path)
        if saved.recipe != self._recipe:
            raise TrainingError(f"{self._path}: was written with another recipe; choose another folder")
        try:
            for name, module in self._modules.items():
                module.load_state_dict(without_prefix(name, saved.tensors))
        except RuntimeError as error:
            raise TrainingError(f"{self._path}: was written with other photos; choose another folder") from error
        for name, copies in self._copies.items():
            copies.update(without_prefix(name, saved.tensors))
        restore_optimiser(self._optimiser, without_prefix("optimiser", saved.tensors))
        return int(saved.facts["step"])


@torch.no_grad()
def _follow(average: dict[str, torch.Tensor], current: dict[str, torch.Tensor], decay: float) -> None:
    """Move the average a little towards the current weights; counters are copied."""
    for name, tensor in current.items():
        if tensor.is_floating_point():
            average[name].lerp_(tensor, 1 - decay)
        else:
            average[name].copy_(tensor)


def _cut_log(path: Path, steps: int) -> None:
    """Drop the lines of steps that will be done again."""
    lines = path.read_text("utf-8").splitlines(keepends=True)[:steps] if path.is_file() else []
    path.write_text("".join(lines), "utf-8")


def _report(step: int, losses: BatchLosses, gradient: torch.Tensor, rate: float) -> StepReport:
    total, global_, reconstruction, attention = (loss.item() for loss in losses)
    return StepReport(step, total, global_, reconstruction, attention, gradient.item(), rate)


def _check(report: StepReport) -> None:
    if not all(abs(value) < float("inf") for value in (report.total, report.gradient)):
        raise TrainingError(
            f"step {report.step}: the loss is no longer a number; lower optimiser.learning_rate or optimiser.clip"
        )

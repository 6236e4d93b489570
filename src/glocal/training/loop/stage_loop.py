"""The training loop: one stage, in which whatever the recipe does not freeze learns together."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn, optim

from glocal.models.losses import BatchLosses, Objective, Supervision
from glocal.models.network import SearchNetwork, TrainingOutput
from glocal.training.loop.log import RunLog, StepReport
from glocal.training.loop.optimisation import create_optimiser, freeze, set_learning_rate, set_training_mode
from glocal.training.loop.parallel import Ranks
from glocal.training.loop.state import RunState
from glocal.training.loop.watch import check_numbers, collapses
from glocal.training.loop.weight_copies import WeightCopies
from glocal.training.photos import Batch, Batches
from glocal.training.recipe import Recipe

OnStep = Callable[[StepReport], None]

Validate = Callable[[SearchNetwork], float]
"""Returns the mAP in [0, 1] of a network on the CPU, in evaluation mode."""


def run_loop(
    network: SearchNetwork,
    objective: Objective,
    batches: Batches,
    recipe: Recipe,
    out: Path,
    ranks: Ranks,
    on_step: OnStep,
    validate: Validate | None = None,
    until: float = math.inf,
) -> int:
    """Train `network` in place for the recipe's steps, on a GPU if there is one; it comes back on the CPU.

    The first process writes `out/state.safetensors` every `save_every` steps; if it is there, training goes on
    from it and meets the same losses as a run that was never stopped. Every step is a line of the log.

    Args:
        until: seconds of `time.monotonic()` after which no further step begins; the state is written then.

    Returns:
        How many steps are done. Where they are fewer than the recipe's, the network has what was learned so far.

    Raises:
        TrainingError: the state is of another recipe, or a loss is no longer a number.
    """
    learner = _Learner(network, objective, recipe, ranks)
    modules: dict[str, nn.Module] = {"network": network, "objective": objective}
    state = RunState(out / "state.safetensors", modules, learner.copies.tensors, learner.optimiser, recipe)
    first = done = state.restore()
    parallel = ranks.together(learner.both)
    with RunLog(out, first) if ranks.first else nullcontext() as log:
        for step, (batch, waited) in enumerate(_timed(batches.ahead(first, recipe.steps)), first):
            report = learner.step(parallel, step, batch, waited)
            on_step(report)
            done = step + 1
            late = ranks.any(time.monotonic() >= until)
            if log is not None:
                log.step(report)
                if validate and recipe.validate_every and done % recipe.validate_every == 0:
                    log.validation(step, validate(learner.copies.averaged(network)))
                if done % recipe.save_every == 0 or late:
                    log.flush()
                    state.save(done)
            if late:
                break
    learner.copies.settle(network)
    network.cpu()
    return done


class _Learner:
    """Takes the steps of one stage: network, losses, optimiser and averaged copies of the weights."""

    def __init__(self, network: SearchNetwork, objective: Objective, recipe: Recipe, ranks: Ranks) -> None:
        self._recipe = recipe
        self._ranks = ranks
        self._network = network
        freeze(network, recipe.optimiser)
        self.both = _Both(network, objective, recipe.optimiser.precision, ranks).to(ranks.device)
        self.copies = WeightCopies(network, recipe.optimiser)
        self.optimiser = create_optimiser(network, objective, recipe.optimiser)

    def step(self, parallel: nn.Module, step: int, batch: Batch, waited: float) -> StepReport:
        """Learn from one batch.

        Args:
            parallel: `both`, as the processes share it.
            step: its number, counted from 0.
            batch: this process's part.
            waited: seconds spent until it was there.

        Raises:
            TrainingError: a loss or gradient is no longer a number.
        """
        began, settings = time.perf_counter(), self._recipe.optimiser
        # The start's frozen statistics stay exact: only what learns is in training mode.
        set_training_mode(self._network, settings)
        rate = set_learning_rate(self.optimiser, settings, step, self._recipe.steps)
        device = self._ranks.device
        output, losses = parallel(batch.images.to(device), batch.known.to(device))
        gradient = _gradients(losses.total, self.optimiser, settings.clip)
        means = self._ranks.mean(torch.stack(losses).detach()).tolist()
        values: dict[str, Any] = dict(zip(BatchLosses._fields, means, strict=True))
        check_numbers(step, {"the loss": values["total"], "the gradient": gradient})
        self.optimiser.step()
        self.copies.after_step(self._network, rate)
        seconds = time.perf_counter() - began + waited
        return StepReport(
            step=step,
            **values,
            gradient=gradient,
            learning_rate=rate,
            waited=waited / seconds,
            photos_per_second=self._recipe.batch / seconds,
            warnings=tuple(collapses(output.descriptor, output.attention, output.reconstruction)),
        )


class _Both(nn.Module):
    """Network and losses as one module: what several processes share the gradients of."""

    def __init__(self, network: SearchNetwork, objective: Objective, precision: str, ranks: Ranks) -> None:
        super().__init__()
        self.network = network
        self.objective = objective
        self._half = precision == "bfloat16"
        self._ranks = ranks

    def forward(self, images: Tensor, known: Supervision) -> tuple[TrainingOutput, BatchLosses]:
        """Return what the losses need, in float32 whatever the network computes in, and the losses."""
        with torch.autocast(images.device.type, torch.bfloat16, enabled=self._half):
            output = self.network(images).in_float32()
        return output, self.objective(output, known, self._ranks.weigh)


def _gradients(loss: Tensor, optimiser: optim.Optimizer, clip: float) -> float:
    """Compute the gradients of all that learns, clip their norm, and return what it was before."""
    optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    learning = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    return nn.utils.clip_grad_norm_(learning, clip).item()


def _timed(batches: Iterator[Batch]) -> Iterator[tuple[Batch, float]]:
    """Yield each batch and the seconds that were spent waiting for it."""
    while True:
        began = time.perf_counter()
        batch = next(batches, None)
        if batch is None:
            return
        yield batch, time.perf_counter() - began

"""The training loop: one stage, in which whatever the recipe does not freeze learns together."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import torch
from torch import Tensor, nn

from glocal.models.losses import BatchLosses, Objective
from glocal.models.network import SearchNetwork, TrainingOutput
from glocal.training.batches import Batch, Batches
from glocal.training.checkpoint import without_prefix
from glocal.training.log import RunLog, StepReport
from glocal.training.optimisation import (
    create_optimiser,
    follow,
    freeze,
    mix,
    pull_to_start,
    set_learning_rate,
    set_training_mode,
)
from glocal.training.parallel import Ranks
from glocal.training.recipe import Recipe
from glocal.training.state import RunState
from glocal.training.watch import check_numbers, collapses

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
) -> None:
    """Train `network` in place for the recipe's steps, on a GPU if there is one; it comes back on the CPU.

    The first process writes `out/state.safetensors` every `save_every` steps; if it is there, training goes on
    from it and meets the same losses as a run that was never stopped. Every step is a line of the log.

    Raises:
        TrainingError: the state is of another recipe, or a loss is no longer a number.
    """
    settings = recipe.optimiser
    freeze(network, settings)
    both = _Both(network, objective, settings.precision, ranks).to(ranks.device)
    start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    average = {name: tensor.clone() for name, tensor in start.items()}
    optimiser = create_optimiser(network, objective, recipe)
    modules: dict[str, nn.Module] = {"network": network, "objective": objective}
    copies = {"start": start, "average": average}
    state = RunState(out / "state.safetensors", modules, copies, optimiser, recipe)
    first = state.restore()
    backbone_start = without_prefix("backbone", start)
    parallel = ranks.together(both)
    with RunLog(out, first) if ranks.first else nullcontext() as log:
        for step, (batch, waited) in enumerate(_timed(batches.ahead(first, recipe.steps)), first):
            began = time.perf_counter()
            # The start's frozen statistics stay exact: only what learns is in training mode.
            set_training_mode(network, settings)
            rate = set_learning_rate(optimiser, recipe, step)
            output, losses = parallel(batch.images.to(ranks.device), batch.labels.to(ranks.device))
            optimiser.zero_grad(set_to_none=True)
            losses.total.backward()
            learning = [parameter for group in optimiser.param_groups for parameter in group["params"]]
            gradient = nn.utils.clip_grad_norm_(learning, settings.clip)
            total, global_, reconstruction, attention = ranks.mean(torch.stack(losses).detach()).tolist()
            check_numbers(step, {"the loss": total, "the gradient": gradient.item()})
            optimiser.step()
            if settings.decay_to_start:
                pull_to_start(network.backbone, backbone_start, settings.decay_to_start * rate)
            if settings.average:
                follow(average, network.state_dict(), settings.average)
            seconds = time.perf_counter() - began + waited
            report = StepReport(
                step=step,
                total=total,
                global_=global_,
                reconstruction=reconstruction,
                attention=attention,
                gradient=gradient.item(),
                learning_rate=rate,
                waited=waited / seconds,
                photos_per_second=recipe.batch / seconds,
                warnings=tuple(collapses(output.descriptor, output.attention, output.reconstruction)),
            )
            on_step(report)
            if log is None:
                continue
            log.step(report)
            if validate and recipe.validate_every and (step + 1) % recipe.validate_every == 0:
                log.validation(step, validate(_as_it_would_be(network, average if settings.average else None)))
            if (step + 1) % recipe.save_every == 0:
                log.flush()
                state.save(step + 1)
    if settings.average:
        network.load_state_dict(average)
    mix(network.backbone, backbone_start, settings.start_share)
    for name, part in network.global_parts().items():
        mix(part, without_prefix(name, start), settings.start_share)
    network.cpu()


class _Both(nn.Module):
    """Network and losses as one module: what several processes share the gradients of."""

    def __init__(self, network: SearchNetwork, objective: Objective, precision: str, ranks: Ranks) -> None:
        super().__init__()
        self.network = network
        self.objective = objective
        self._half = precision == "bfloat16"
        self._ranks = ranks

    def forward(self, images: Tensor, labels: Tensor) -> tuple[TrainingOutput, BatchLosses]:
        """Return what the losses need, in float32 whatever the network computes in, and the losses."""
        with torch.autocast(images.device.type, torch.bfloat16, enabled=self._half):
            output = self.network(images).in_float32()
        return output, self.objective(output, labels, self._ranks.weigh)


def _timed(batches: Iterator[Batch]) -> Iterator[tuple[Batch, float]]:
    """Yield each batch and the seconds that were spent waiting for it."""
    while True:
        began = time.perf_counter()
        batch = next(batches, None)
        if batch is None:
            return
        yield batch, time.perf_counter() - began


def _as_it_would_be(network: SearchNetwork, average: dict[str, Tensor] | None) -> SearchNetwork:
    """Return a copy of the network on the CPU for validation, with its averaged weights if it has them."""
    twin = copy.deepcopy(network).cpu()
    if average is not None:
        twin.load_state_dict(average)
    return twin.eval()

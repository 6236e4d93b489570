"""Which weights learn, and how fast."""

from __future__ import annotations

import math

from torch import nn, optim

from glocal.models.losses import Objective
from glocal.models.network import SearchNetwork
from glocal.training.recipe_parts import Optimiser


def freeze(network: SearchNetwork, settings: Optimiser) -> None:
    """Switch off learning of all that the recipe freezes."""
    network.backbone.requires_grad_(settings.backbone > 0)
    for stage in network.backbone.stages()[: settings.frozen_stages]:
        stage.requires_grad_(False)
    for part in network.global_parts().values():
        part.requires_grad_(settings.whitening > 0)
    for part in network.local_parts().values():
        part.requires_grad_(settings.local > 0)


def set_training_mode(network: SearchNetwork, settings: Optimiser) -> None:
    """Put the network in training mode, but frozen batch norms in evaluation mode."""
    network.train()
    if settings.freeze_batch_norm or settings.backbone == 0:
        network.backbone.eval()
    for stage in network.backbone.stages()[: settings.frozen_stages]:
        stage.eval()
    if settings.local == 0:
        for part in network.local_parts().values():
            part.eval()


def create_optimiser(network: SearchNetwork, objective: Objective, settings: Optimiser) -> optim.Optimizer:
    """Return the optimiser over the weights that learn; biases, norms and scales do not decay."""
    parts: list[tuple[nn.Module, float]] = [
        (network.backbone, settings.backbone),
        *((part, settings.whitening) for part in network.global_parts().values()),
        *((part, settings.local) for part in network.local_parts().values()),
        (objective, 1.0),
    ]
    groups = []
    for part, factor in parts:
        learning = [parameter for parameter in part.parameters() if parameter.requires_grad]
        for decays in (True, False):
            chosen = [parameter for parameter in learning if (parameter.ndim > 1) == decays]
            decay = settings.weight_decay if decays else 0.0
            groups.append({"params": chosen, "factor": factor, "weight_decay": decay})
    if settings.name == "sgd":
        return optim.SGD(groups, lr=settings.learning_rate, momentum=0.9, nesterov=settings.nesterov)
    return optim.AdamW(groups, lr=settings.learning_rate)


def set_learning_rate(optimiser: optim.Optimizer, settings: Optimiser, step: int, steps: int) -> float:
    """Set the learning rate of step `step` of `steps`, counted from 0, and return it, before each part's own factor."""
    share = step / max(1, steps)
    schedule = settings.schedule or ("linear" if settings.name == "sgd" else "cosine")
    falling = 1 - share if schedule == "linear" else 0.5 * (1 + math.cos(math.pi * share))
    rising = min(1.0, (step + 1) / (settings.warmup + 1))
    rate = settings.learning_rate * falling * rising
    for group in optimiser.param_groups:
        group["lr"] = rate * group["factor"]
    return rate

"""Weights beside those that learn: where they started, and their mean over time.

Few photos teach little and are soon memorised; both copies keep what the start knew.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from glocal.models.network import SearchNetwork
from glocal.training.checkpoint import without_prefix
from glocal.training.recipe_parts import Optimiser


class WeightCopies:
    """The start and the average of a network's weights and statistics.

    Args:
        network: as it starts.
        settings: `average`, `start_share` and `decay_to_start` say what the copies are used for.

    Attributes:
        tensors: both copies by name; a restored run writes into them.
    """

    def __init__(self, network: SearchNetwork, settings: Optimiser) -> None:
        self._settings = settings
        self._start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        self._average = {name: tensor.clone() for name, tensor in self._start.items()}
        self._backbone_start = without_prefix("backbone", self._start)  # the same tensors, so restored with them
        self.tensors = {"start": self._start, "average": self._average}

    @torch.no_grad()
    def after_step(self, network: SearchNetwork, rate: float) -> None:
        """Pull the backbone's learning weights towards the start, and the average towards the network's weights.

        Args:
            rate: the step's learning rate, which the pull is in proportion to.
        """
        if self._settings.decay_to_start:
            for name, parameter in network.backbone.named_parameters():
                if parameter.requires_grad:
                    parameter.lerp_(self._backbone_start[name], self._settings.decay_to_start * rate)
        if self._settings.average:
            for name, tensor in network.state_dict().items():
                if tensor.is_floating_point():
                    self._average[name].lerp_(tensor, 1 - self._settings.average)
                else:  # a counter
                    self._average[name].copy_(tensor)

    def settle(self, network: SearchNetwork) -> None:
        """Give the network its averaged weights, those that make the global descriptor mixed with their start."""
        self._put_average(network)
        _mix(network.backbone, self._backbone_start, self._settings.start_share)
        for name, part in network.global_parts().items():
            _mix(part, without_prefix(name, self._start), self._settings.start_share)

    def averaged(self, network: SearchNetwork) -> SearchNetwork:
        """Return a copy of the network on the CPU, averaged and in evaluation mode, to validate during training."""
        twin = copy.deepcopy(network).cpu()
        self._put_average(twin)
        return twin.eval()

    def _put_average(self, network: SearchNetwork) -> None:
        if self._settings.average:
            network.load_state_dict(self._average)


@torch.no_grad()
def _mix(module: nn.Module, other: dict[str, Tensor], share: float) -> None:
    """Replace each floating-point tensor of `module` by (1 - share) of itself and `share` of `other`."""
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            tensor.lerp_(other[name], share)
